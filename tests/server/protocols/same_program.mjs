/**
 * Compare what the server sends to browsers with the sources, by their syntax trees.
 *
 * Standard input: {sources, sent: {path: text}, entry: path} in JSON. Writes how many modules it
 * has compared; ends with an error where a tree differs.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { parse } from "acorn";

const { sources, sent, entry } = JSON.parse(readFileSync(0, "utf8"));

/** The tree of a text, without positions. */
const tree = (text) =>
  JSON.parse(
    JSON.stringify(parse(text, { ecmaVersion: 2023, sourceType: "module" }), (key, value) =>
      key === "start" || key === "end" ? undefined : value,
    ),
  ).body;

const joined = tree(sent[entry]).map(({ declarations: [one] }) => one);
const names = new Map();

/** Change the paths of imports (`import("./x.js")`) into those from the entry's folder. */
function fromEntry(node, path) {
  if (node?.type === "ImportExpression") {
    node.source.value = `./${posix.join(posix.dirname(path), node.source.value)}`;
    node.source.raw = JSON.stringify(node.source.value);
  } else if (node && typeof node === "object") {
    for (const each of Object.values(node)) fromEntry(each, path);
  }
  return node;
}

function compare(path) {
  const body = fromEntry(tree(sources[path]), path);
  const imports = body.filter(({ type }) => type === "ImportDeclaration");
  const targets = imports.map(({ source }) => posix.join(posix.dirname(path), source.value));
  for (const target of targets) if (!names.has(target)) compare(target);
  const { id, init } = joined[names.size];
  names.set(path, id.name);
  assert.deepEqual(init.arguments.map(({ name }) => name), targets.map((one) => names.get(one)));
  const taken = init.callee.params.map((each) =>
    each.type === "Identifier"
      ? each.name
      : each.properties.map(({ key, value }) => [key.name, value.name]),
  );
  assert.deepEqual(
    taken,
    imports.map(({ specifiers }) =>
      specifiers[0].type === "ImportNamespaceSpecifier"
        ? specifiers[0].local.name
        : specifiers.map(({ imported, local }) => [imported.name, local.name]),
    ),
  );
  const exported = body.filter(({ type }) => type === "ExportNamedDeclaration");
  const back = init.callee.body.body.pop();
  assert.deepEqual(
    back.argument.properties.map(({ key, value }) => [key.name, value.name]),
    exported
      .filter(({ declaration }) => declaration)
      .map(({ declaration: one }) => (one.id ?? one.declarations[0].id).name)
      .map((name) => [name, name]),
  );
  const rest = body
    .filter(({ type }) => type !== "ImportDeclaration")
    .map((each) => (each.type === "ExportNamedDeclaration" ? each.declaration : each))
    .filter((each) => each);
  assert.deepEqual(init.callee.body.body, rest, path);
}

compare(entry);
assert.equal(names.size, joined.length);
for (const path of Object.keys(sent)) {
  if (path !== entry) assert.deepEqual(tree(sent[path]), tree(sources[path]), path);
}
console.log(names.size);
