/**
 * Compare what the server sends to browsers with the sources, by their syntax trees. Local names
 * may differ, if each stands for the same variable wherever it is used.
 *
 * Standard input: {sources, sent: {path: text}, entry: path} in JSON. Writes how many modules it
 * has compared; ends with an error where a tree differs.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { parse } from "acorn";
import { analyze } from "eslint-scope";

const { sources, sent, entry } = JSON.parse(readFileSync(0, "utf8"));
const OPTIONS = { ecmaVersion: 2023, sourceType: "module", ranges: true };
/** What two equal trees may differ in. */
const POSITIONS = ["start", "end", "range", "raw", "shorthand"];

/** Return a node, with what scripts write in another form as sources have it. */
function plain(node) {
  if (Array.isArray(node)) return node.flatMap(apart);
  if (node?.type === "VariableDeclaration") return { ...node, kind: "let" };
  if (node?.operator !== "!" || typeof node.argument.value !== "number") return node;
  return { ...node.argument, value: !node.argument.value };
}

/** Return a declaration for each variable: scripts have one for several. */
const apart = (node) =>
  node?.type === "VariableDeclaration"
    ? node.declarations.map((one) => ({ ...node, declarations: [one] }))
    : [node];

/** Parse a text; return what stands in it, and the variable of each identifier that is one. */
function read(text) {
  const tree = parse(text, OPTIONS);
  const variables = new Map();
  for (const scope of analyze(tree, OPTIONS).scopes)
    for (const each of scope.variables) {
      // The name of a class stands in two scopes.
      const variable = variables.get(each.identifiers[0]) ?? each;
      for (const node of each.identifiers) variables.set(node, variable);
      for (const { identifier } of each.references) variables.set(identifier, variable);
    }
  return { body: tree.body, variables };
}

/** Compare the trees of one module: `one` of its source at `path`, `other` of a script. */
function makeCompare(path, one, other, script) {
  const pairs = new Map();
  const taken = new Map();

  /** The two stand for each other here, and so everywhere. */
  function pair(first, second, where) {
    assert.equal(pairs.get(first) ?? second, second, where);
    assert.equal(taken.get(second) ?? first, first, where);
    pairs.set(first, second);
    taken.set(second, first);
  }

  return function same(a, b) {
    const where = () => `${path}: ${sources[path].slice(a?.start, a?.end).slice(0, 200)}`;
    if (!a || typeof a !== "object") return assert.equal(b, a, where());
    assert.equal(b?.type, a.type, where());
    const [first, second] = [one.variables.get(a), other.variables.get(b)];
    assert.equal(Boolean(second), Boolean(first), where());
    if (a.type === "PrivateIdentifier") return pair(`#${a.name}`, `#${b.name}`, where());
    if (first) return pair(first, second, where());
    if (a.type === "ImportExpression") {
      const place = (from, { source }) => posix.join(posix.dirname(from), source.value);
      return assert.equal(place(script, b), place(path, a));
    }
    const fields = (node) => Object.keys(node).filter((name) => !POSITIONS.includes(name));
    assert.deepEqual(fields(b), fields(a), where());
    for (const name of fields(a)) {
      // An identifier has one variable: that of a key is the one of its value.
      if (a.shorthand && name === "key") assert.equal(b.key.name, a.key.name, where());
      else same(plain(a[name]), plain(b[name]));
    }
  };
}

const names = new Map();
/** What each module exports, in the order of its declarations. */
const exports = new Map();
/** The joined modules of the script that is looked at. */
let joined = [];
let script = { path: "", body: [], variables: new Map() };
let done = 0;
let alike = 0;

const isImport = ({ type }) => type === "ImportDeclaration";
const isExport = ({ type }) => type === "ExportNamedDeclaration";

function compare(path) {
  const source = read(sources[path]);
  const imports = source.body.filter(isImport);
  const targets = imports.map((each) => posix.join(posix.dirname(path), each.source.value));
  for (const target of targets) if (!names.has(target)) compare(target);
  const { id, init } = joined[done++];
  const same = makeCompare(path, source, script, script.path);
  names.set(path, id.name);
  const { arguments: given, callee } = init;
  assert.equal(given.length, imports.length);
  imports.forEach(({ specifiers }, at) => {
    const all = exports.get(targets[at]);
    const name = names.get(targets[at]);
    const [{ type, local }] = specifiers;
    if (type === "ImportNamespaceSpecifier") {
      same(local, callee.params[at]);
      assert.deepEqual(
        given[at].properties.map(({ key, value }) => [
          key.name,
          value.object.name,
          value.property.value,
        ]),
        all.map((each, place) => [each, name, place]),
      );
      return;
    }
    assert.equal(given[at].name, name);
    const places = new Map(specifiers.map((each) => [all.indexOf(each.imported.name), each]));
    assert.equal(places.size, specifiers.length);
    const { elements } = callee.params[at];
    assert.ok(elements.length <= all.length);
    all.forEach((_, place) => same(places.get(place)?.local ?? null, elements[place] ?? null));
  });
  const exported = source.body
    .filter(isExport)
    .filter(({ declaration }) => declaration)
    .map(({ declaration: one }) => one.id ?? one.declarations[0].id);
  exports.set(
    path,
    exported.map(({ name }) => name),
  );
  const back = callee.body.body.pop();
  assert.equal(back.argument.elements.length, exported.length);
  exported.forEach((each, place) => same(each, back.argument.elements[place]));
  const rest = source.body
    .filter((each) => !isImport(each))
    .map((each) => (isExport(each) ? each.declaration : each))
    .filter((each) => each);
  same(plain(rest), plain(callee.body.body));
}

for (const path of [entry, ...Object.keys(sent).filter((each) => each !== entry)]) {
  script = { path, ...read(sent[path]) };
  const { body } = script;
  // Those that import nothing are sent as they are.
  if (!/^(?:import|const) ?[${]/.test(sent[path])) {
    const source = read(sources[path]);
    makeCompare(path, source, script, path)(source.body, body);
    alike++;
    continue;
  }
  const borrowed = body.filter(isImport);
  const lent = body.filter(isExport);
  joined = body
    .filter(({ type }) => type === "VariableDeclaration")
    .flatMap(({ declarations }) => declarations);
  assert.equal(1 + borrowed.length + lent.length, body.length);
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
  const [{ id, init }] = declaration.declarations;
  assert.equal(init.name, names.get(path));
  assert.deepEqual(
    id.elements.map(({ name }) => name),
    exports.get(path),
  );
}
console.log(names.size + alike);
