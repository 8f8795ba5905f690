// Texts for people that stand in the panel's scripts instead of its catalogues: prints
// {file: [fault, ...]}. What is found: words where the page shows them (an element's children, say(),
// names for readers of the screen, troubles and notices), and anywhere else what reads like a sentence.
import { readFileSync } from "node:fs";
import * as acorn from "acorn";
import * as walk from "acorn-walk";

const SHOWN = new Set(["aria-label", "ariaLabel", "title", "placeholder", "alt", "textContent", "remedy", "advice"]);
const CODE_CALLS = new Set([
  "querySelector", "querySelectorAll", "closest", "matches", "matchMedia", "getPropertyValue", "setProperty",
  "split", "startsWith", "endsWith", "signed",
]);
const CODE_KEYS = new Set(["class", "className", "viewBox", "d", "rootMargin", "gridTemplate", "transform"]);
const WORD = /\p{L}{2,}/u;
const START = /^\p{Lu}\p{Ll}/u;
const SENTENCE = /\p{L}{2,}[,:;]? \p{L}{2,}/u;

const nameOf = (node) => (node.type === "Identifier" ? node.name : node.type === "MemberExpression" ? nameOf(node.property) : "");
const keyOf = (node) => (node.type === "Literal" ? String(node.value) : node.computed ? "" : nameOf(node));

/** Where a literal stands, as far as expressions only choose between it and others. */
function place(ancestors) {
  let at = ancestors.length - 1;
  let inner = ancestors[at];
  for (at -= 1; at >= 0; at -= 1) {
    const outer = ancestors[at];
    const chooses = (outer.type === "ConditionalExpression" && outer.test !== inner)
      || ["LogicalExpression", "TemplateLiteral", "SpreadElement", "ArrayExpression"].includes(outer.type)
      || (outer.type === "BinaryExpression" && outer.operator === "+");
    if (!chooses) return { outer, inner };
    inner = outer;
  }
  return { outer: null, inner };
}

function isShown({ outer, inner }) {
  if (outer === null) return false;
  if (outer.type === "Property" && outer.value === inner) return SHOWN.has(keyOf(outer.key));
  if (outer.type === "AssignmentExpression" && outer.right === inner) return SHOWN.has(nameOf(outer.left));
  if (outer.type === "CallExpression") {
    const called = nameOf(outer.callee);
    const index = outer.arguments.indexOf(inner);
    if (called === "element") return index >= 2;
    if (called === "say") return index === 1;
    if (called === "announce") return index === 0;
    if (called === "news") return index === 1 || index === 2;
    if (called === "change") return index === 1;
    if (called === "setAttribute") return index === 1 && SHOWN.has(String(outer.arguments[0].value));
    return ["append", "prepend", "replaceChildren"].includes(called);
  }
  if (outer.type === "ReturnStatement" || (outer.type === "ArrowFunctionExpression" && outer.body === inner)) {
    return inner.type !== "TemplateLiteral" && START.test(String(inner.value));
  }
  return outer.type === "NewExpression" && nameOf(outer.callee) === "Trouble" && outer.arguments.indexOf(inner) === 1;
}

function isCode({ outer }) {
  if (outer === null) return false;
  if (outer.type === "NewExpression") return nameOf(outer.callee) === "Error"; // a programmer's
  if (outer.type === "CallExpression") return CODE_CALLS.has(nameOf(outer.callee));
  if (outer.type === "Property") return CODE_KEYS.has(keyOf(outer.key));
  if (outer.type === "AssignmentExpression") return CODE_KEYS.has(nameOf(outer.left));
  return /^(?:Import|Export|ExpressionStatement)/.test(outer.type);
}

const found = {};
for (const file of process.argv.slice(2)) {
  const faults = [];
  const tree = acorn.parse(readFileSync(file, "utf8"), { ecmaVersion: 2022, sourceType: "module", locations: true });
  const judge = (node, text, ancestors) => {
    const where = place(ancestors);
    const fault = isShown(where) ? WORD.test(text) : SENTENCE.test(text) && !isCode(where);
    if (fault) faults.push(`${node.loc.start.line}: ${text.trim()}`);
  };
  walk.ancestor(tree, {
    Literal: (node, _state, ancestors) => {
      if (typeof node.value === "string") judge(node, node.value, ancestors);
    },
    TemplateElement: (node, _state, ancestors) => judge(node, node.value.cooked ?? "", ancestors),
  });
  found[file] = faults;
}
console.log(JSON.stringify(found));
