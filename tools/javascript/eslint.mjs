// What ESLint says of each source that stdin names, [{text, module}]: [[{line, column, ruleId, message}]].
import { readFileSync } from "node:fs";
import js from "@eslint/js";
import { Linter } from "eslint";
import globals from "globals";

const linter = new Linter();
const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-unused-vars": ["error", { ignoreRestSiblings: true }], // to leave a member out
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
};

function said({ text, module }) {
  const languageOptions = {
    ecmaVersion: 2025,
    sourceType: module ? "module" : "script",
    globals: module ? globals.node : globals.browser,
  };
  return linter.verify(text, { languageOptions, linterOptions: { reportUnusedDisableDirectives: "error" }, rules })
    .map(({ line, column, ruleId, message }) => ({ line, column, ruleId, message }));
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(said)));
