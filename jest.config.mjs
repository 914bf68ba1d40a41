// Three kinds of test, told apart by file name: unit (no I/O), int (real Postgres and Pub/Sub server), e2e (whole processes).
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }] },
  testPathIgnorePatterns: ['/node_modules/', '/.waybill/'],
};

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, '\\.(int|e2e)\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'int',
      testMatch: ['**/*.int.test.ts'],
      globalSetup: '<rootDir>/infra/local/jest-setup.ts',
      globalTeardown: '<rootDir>/infra/local/jest-teardown.ts',
    },
    { ...common, displayName: 'e2e', testMatch: ['**/*.e2e.test.ts'] },
  ],
  modulePathIgnorePatterns: ['/.waybill/'],
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/infra/local/jest-closing-line.mjs'],
};
