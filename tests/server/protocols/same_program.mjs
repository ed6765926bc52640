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

const names = new Map();

/** Change the paths of imports (`import("./x.js")`) into those from the top. */
function fromTop(node, path) {
  if (node?.type === "ImportExpression") {
    node.source.value = posix.join(posix.dirname(path), node.source.value);
    node.source.raw = JSON.stringify(node.source.value);
  } else if (node && typeof node === "object") {
    for (const each of Object.values(node)) fromTop(each, path);
  }
  return node;
}

/** The joined modules of the script that is looked at. */
let joined = [];
let done = 0;
let alike = 0;

function compare(path) {
  const body = fromTop(tree(sources[path]), path);
  const imports = body.filter(({ type }) => type === "ImportDeclaration");
  const targets = imports.map(({ source }) => posix.join(posix.dirname(path), source.value));
  for (const target of targets) if (!names.has(target)) compare(target);
  const { id, init } = joined[done++];
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

for (const path of [entry, ...Object.keys(sent).filter((each) => each !== entry)]) {
  const script = fromTop(tree(sent[path]), path);
  // Those that import nothing are sent as they are.
  if (JSON.stringify(script) === JSON.stringify(tree(sources[path]))) {
    alike++;
    continue;
  }
  const borrowed = script.filter(({ type }) => type === "ImportDeclaration");
  const lent = script.filter(({ type }) => type === "ExportNamedDeclaration");
  joined = script
    .filter(({ type }) => type === "VariableDeclaration")
    .map(({ declarations: [one] }) => one);
  assert.equal(joined.length + borrowed.length + lent.length, script.length);
  done = 0;
  compare(path);
  assert.equal(done, joined.length);
  const taken = borrowed.flatMap(({ source, specifiers }) => {
    assert.equal(posix.join(posix.dirname(path), source.value), entry);
    return specifiers.map(({ imported, local }) => [imported.name, local.name]);
  });
  assert.ok(taken.every(([one, other]) => one === other && [...names.values()].includes(one)));
  if (path === entry) continue;
  const [{ declaration }] = lent;
  assert.equal(declaration.declarations[0].init.name, names.get(path));
}
console.log(names.size + alike);
