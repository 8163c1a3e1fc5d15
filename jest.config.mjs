export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['**/*.test.ts'],
  // On a busy machine starting a process alone may take the 5 s of the default.
  testTimeout: 30_000,
  testPathIgnorePatterns: ['/node_modules/'],
  testSequencer: './tools/testenv/sequencer.mjs',
};
