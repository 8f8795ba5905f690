// What Chromium 88 (CEP 11) does not know, in the panel's scripts: prints {file: [fault, ...]}.
// Its parser knew private methods before ES2022 had them, but no await outside a function and no
// static blocks; and of the library it lacks what is listed here.
import { readFileSync } from "node:fs";
import * as acorn from "acorn";
import * as walk from "acorn-walk";

const NAMES = new Set(["structuredClone", "reportError", "navigation", "URLPattern", "CompressionStream"]);
const MEMBERS = new Set([
  "at", "hasOwn", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with", "group",
  "groupBy", "randomUUID", "withResolvers", "fromAsync", "isWellFormed", "toWellFormed", "showPicker",
  "timeout", "any", "throwIfAborted", "checkVisibility", "togglePopover", "setHTML", "requestClose",
]);
const UNSAFE = new Set(["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "srcdoc", "setHTMLUnsafe"]);

const found = {};
for (const file of process.argv.slice(2)) {
  const faults = [];
  const at = (node, why) => faults.push(`${node.loc.start.line}: ${why}`);
  const sourceType = file.endsWith("first.js") ? "script" : "module";
  try {
    const tree = acorn.parse(readFileSync(file, "utf8"), {
      ecmaVersion: 2022, sourceType, locations: true, allowAwaitOutsideFunction: false,
    });
    walk.ancestor(tree, {
      StaticBlock: (node) => at(node, "static block"),
      AwaitExpression: (node, _state, ancestors) => {
        if (!ancestors.some((one) => /Function/.test(one.type))) at(node, "await outside a function");
      },
      BinaryExpression: (node) => {
        if (node.operator === "in" && node.left.type === "PrivateIdentifier") at(node, "#name in object");
      },
      Literal: (node) => {
        if (node.regex && /[dv]/.test(node.regex.flags)) at(node, "flag of a regular expression");
      },
      Identifier: (node) => {
        if (NAMES.has(node.name)) at(node, node.name);
      },
      MemberExpression: (node) => {
        const name = node.computed ? null : node.property.name;
        if (MEMBERS.has(name)) at(node, `.${name}`);
        if (UNSAFE.has(name)) at(node, `.${name} may read a text as HTML`);
      },
      CallExpression: (node) => {
        if (node.callee.name === "eval") at(node, "eval");
      },
      NewExpression: (node) => {
        if (node.callee.name === "Function") at(node, "new Function");
        const hasCause = node.callee.name === "Error" && node.arguments.length > 1;
        if (hasCause) at(node, "an error's cause");
      },
    });
  } catch (error) {
    faults.push(String(error.message));
  }
  found[file] = faults;
}
console.log(JSON.stringify(found));
