import js from "@eslint/js";
import globals from "globals";

// Text reaches the page by textContent only, and nothing asks by blocking dialogs.
const unsafe = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write"].map((property) => ({
  property,
  message: "Use textContent: what members write is never HTML.",
}));

// A folder may import what this table lists, and itself.
const layers = {
  model: [],
  protocol: [],
  network: ["protocol"],
  i18n: [],
  text: [],
  view: ["i18n"],
  controller: ["model", "text", "i18n"],
};

export default [
  js.configs.recommended,
  {
    files: ["server/web/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "no-restricted-properties": ["error", ...unsafe],
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
];
