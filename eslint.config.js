import js from "@eslint/js";
import globals from "globals";

// Text reaches the page by textContent only, and nothing asks by blocking dialogs.
const unsafe = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write"].map((property) => ({
  property,
  message: "Use textContent: what members write is never HTML.",
}));

// A folder may import what this table lists, and itself.
const layers = {
  model: ["text"],
  protocol: [],
  network: ["protocol"],
  i18n: [],
  text: [],
  view: ["i18n"],
  controller: ["model", "text", "i18n"],
};

// The server joins all modules into one script (server/protocols/http/bundle.py), and knows these
// forms only: named imports at the top, and exports of a function, a class or one const.
const joined = [
  "ImportDefaultSpecifier",
  "ImportDeclaration[specifiers.length=0]",
  "ImportSpecifier > Literal",
  "ImportAttribute",
  ":not(ImportDeclaration) ~ ImportDeclaration",
  "ImportExpression > :not(Literal).source",
  "MetaProperty[meta.name='import']",
  "ExportAllDeclaration",
  "ExportNamedDeclaration[specifiers.length>0]",
  "ExportNamedDeclaration > FunctionDeclaration[generator=true]",
  "ExportNamedDeclaration > VariableDeclaration[kind!='const']",
  "ExportNamedDeclaration > VariableDeclaration[declarations.length>1]",
  "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > .id[type!='Identifier']",
  "Program > * > AwaitExpression",
  "Program > * > * > AwaitExpression",
  "Program > ForOfStatement[await=true]",
].map((selector) => ({ selector, message: "The server cannot join this form (bundle.py)." }));
const alone = {
  selector: "ExportDefaultDeclaration",
  message: "Only modules that are imported later (import()) export a default.",
};

export default [
  js.configs.recommended,
  {
    files: ["server/web/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "no-restricted-properties": ["error", ...unsafe],
      "no-restricted-syntax": ["error", ...joined, alone],
      "no-restricted-globals": ["error", "alert", "confirm", "prompt", "event", "name"],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      complexity: ["error", 14],
      "max-lines": ["error", { max: 400 }],
    },
  },
  {
    files: ["server/web/i18n/de*.js"],
    rules: { "no-restricted-syntax": ["error", ...joined] },
  },
  ...Object.entries(layers).map(([folder, allowed]) => ({
    files: [`server/web/${folder}/**/*.js`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^\\.\\./(?!(${[folder, ...allowed].join("|")})/)`,
              message: `${folder} may import ${allowed.join(", ") || "nothing but itself"}.`,
            },
          ],
        },
      ],
    },
  })),
  // These know no page: they are tested without one.
  ...["model", "protocol", "text"].map((folder) => ({
    files: [`server/web/${folder}/**/*.js`],
    languageOptions: {
      globals: Object.fromEntries(Object.keys(globals.browser).map((name) => [name, "off"])),
    },
  })),
  {
    files: ["tests/web/**/*.js", "eslint.config.js"],
    languageOptions: { globals: { ...globals.node } },
  },
  {
    files: ["tests/firefox/**/*.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
