/** Tests run from the sources: `#common/*.js` and relative `.js` both lead to `.ts`. Only end-to-end tests use dist/. */
const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['sluice-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFilesAfterEnv: ['<rootDir>/jest.timeout.mjs'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** @type {import('jest').Config} */
export default {
  maxWorkers: '100%',
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,scripts,bench,test}/**/*.spec.ts'],
      globals: { TEST_TIMEOUT_MS: 5_000 },
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs,scripts,test}/**/*.int-spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', String.raw`\.docker\.int-spec\.ts$`],
      globals: { TEST_TIMEOUT_MS: 30_000 },
    },
    {
      ...base,
      displayName: 'e2e',
      // A frozen Redis has to be noticed within a second: that takes the machine for itself.
      testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts', '<rootDir>/test/chaos/redis-frozen.e2e-spec.ts'],
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'scaling',
      testMatch: ['<rootDir>/test/scaling/**/*.e2e-spec.ts'],
      globals: { TEST_TIMEOUT_MS: 300_000 },
    },
    {
      ...base,
      displayName: 'chaos',
      testMatch: ['<rootDir>/test/chaos/**/*.e2e-spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', 'redis-frozen'],
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'docker',
      testMatch: [
        '<rootDir>/{apps,libs,test}/**/*.docker.int-spec.ts',
        '<rootDir>/test/docker/**/*.e2e-spec.ts',
      ],
      globalSetup: '<rootDir>/test/support/global-engine.mjs',
      globalTeardown: '<rootDir>/test/support/global-engine-end.mjs',
      globals: { TEST_TIMEOUT_MS: 300_000 },
    },
  ],
};
