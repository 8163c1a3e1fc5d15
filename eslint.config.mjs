import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { directions } from './tools/lint/directions.ts';

const root = import.meta.dirname;
const TYPESCRIPT = ['**/*.ts'];
/** Where no line is longer than 140 characters. */
const SHORT_LINES = ['examples', ...['cli', 'cluster', 'generate', 'lint', 'packages', 'replay', 'setup'].map((name) => `tools/${name}`)]
  .map((folder) => `${folder}/**/*.{ts,mjs}`);
const NODE_GLOBALS = [
  'process', 'console', 'URL', 'Buffer', 'fetch', 'AbortController', 'AbortSignal', 'performance',
  'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate',
];

export default tseslint.config(
  { ignores: ['node_modules/', 'coverage/', '.cache/', '**/.venv/', '**/*.gen.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  { files: TYPESCRIPT, extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked] },
  {
    files: TYPESCRIPT,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Element access is checked by the compiler; arithmetic over typed arrays needs the assertion.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Objects here are made by functions and close over their state: there is no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // What another function changes while this one awaits looks unchanged to the compiler.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `text || 'default'` means: absent or empty.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  {
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 100, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      'no-console': 'error',
    },
  },
  { files: ['tools/**', 'examples/**', 'tests/**', '**/telemetry/log.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts', '**/testing/**/*.ts'],
    rules: {
      // A describe block is a list of examples, not a function that does two things.
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 350 }],
      // Parsed answers and jest's matchers are `any`; a wrong guess fails the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  // A formatting rule, because a line that nobody sees the end of hides what it does. Patterns cannot be wrapped.
  { files: SHORT_LINES, ignores: ['**/*.test.ts', '**/testing/**'], rules: { 'max-len': ['error', { code: 140, ignoreRegExpLiterals: true }] } },
  ...directions(root),
);
