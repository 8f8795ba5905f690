// What ExtendScript cannot read or would read differently, found without running it.
// node es3_checks.mjs FILE... -> {file: [{line, rule, text}]}; empty lists are clean files.

import { readFileSync } from "node:fs";
import { parse } from "acorn";
import { full } from "acorn-walk";

const METHODS = new Set(
  ("forEach map filter reduce reduceRight some every find findIndex findLast flat flatMap fill " +
    "includes entries from of trim trimStart trimEnd startsWith endsWith padStart padEnd repeat " +
    "replaceAll matchAll codePointAt normalize bind toISOString toJSON assign freeze seal " +
    "defineProperty defineProperties getOwnPropertyNames getPrototypeOf setPrototypeOf " +
    "isInteger isSafeInteger isFinite isNaN sign trunc hypot cbrt log2 log10 imul fround").split(" "),
);
const STATICS = new Set(["Object.keys", "Object.values", "Object.create", "Array.isArray", "Date.now"]);
const GLOBALS = new Set(
  ("JSON Map Set WeakMap WeakSet Symbol Promise Proxy Reflect BigInt globalThis console require " +
    "setTimeout setInterval Uint8Array Float32Array ArrayBuffer window document").split(" "),
);
// Classes above what a script gets: instanceof does not know them reliably.
const PARENTS = new Set(["Item", "AVItem", "Layer", "PropertyBase", "FootageSource"]);

function findings(text) {
  const found = [];
  let tree;
  try {
    tree = parse(text, {
      ecmaVersion: 3, allowReserved: "never", preserveParens: true, locations: true,
    });
  } catch (error) {
    return [{ line: error.loc?.line ?? 0, rule: "es3", text: error.message }];
  }
  const tell = (node, rule) =>
    found.push({ line: node.loc.start.line, rule, text: text.slice(node.start, node.end).slice(0, 80) });
  full(tree, (node) => {
    if (node.type === "ConditionalExpression") {
      // Left-associative there, unlike anywhere else.
      const parts = [node.test, node.consequent, node.alternate];
      if (parts.some((part) => part.type === "ConditionalExpression")) tell(node, "nested-ternary");
    }
    if (node.type === "LogicalExpression") {
      // There && binds no closer than ||, so a mix needs its parentheses.
      const mixed = (part) => part.type === "LogicalExpression" && part.operator !== node.operator;
      if (mixed(node.left) || mixed(node.right)) tell(node, "mixed-logic");
    }
    if (node.type === "BinaryExpression" && (node.operator === "==" || node.operator === "!=")) {
      tell(node, "loose-equality");
    }
    if (node.type === "BinaryExpression" && node.operator === "instanceof") {
      if (PARENTS.has(node.right.name)) tell(node, "parent-class");
    }
    if (node.type === "MemberExpression" && !node.computed) {
      const owner = node.object.type === "Identifier" ? `${node.object.name}.${node.property.name}` : "";
      if (METHODS.has(node.property.name) || STATICS.has(owner)) tell(node, "newer-builtin");
    }
    if (node.type === "Identifier" && GLOBALS.has(node.name)) tell(node, "newer-builtin");
    if (node.type === "CallExpression" && node.callee.property?.name === "property") {
      const [name] = node.arguments;
      if (name?.type === "Literal" && typeof name.value === "string" && !name.value.startsWith("ADBE ")) {
        tell(node, "display-name");
      }
    }
    if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
      // It compensates at the current time, and rewrites keys: setParentWithJump keeps values.
      if (!node.left.computed && node.left.property.name === "parent") tell(node, "parent-compensates");
      const path = text.slice(node.left.start, node.left.end);
      if (/^(Object|Array|String|Number|Function|Date|RegExp)\.prototype\b/.test(path)) tell(node, "prototype");
    }
  });
  return found;
}

const files = process.argv.slice(2);
console.log(JSON.stringify(
  Object.fromEntries(files.map((file) => [file, findings(readFileSync(file, "utf8"))])),
));
