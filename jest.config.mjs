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

/** What holds bounds of a second, or shares between tenants, takes the machine for itself. */
const BOUNDED = [
  'chaos/redis-frozen',
  'chaos/wake-up-lost',
  'e2e/adaptive',
  'e2e/attempts',
  'e2e/generate',
  'e2e/hang-ups',
  'e2e/limits',
  'e2e/openai-backend',
  'e2e/openai-errors',
  'e2e/streaming',
  'e2e/tenants',
];
const NOT_BOUNDED = ['/node_modules/', ...BOUNDED.map((file) => `/test/${file}\\.e2e-spec\\.ts$`)];

/** A Docker Engine, for as long as the tests take. */
const engine = {
  globalSetup: '<rootDir>/test/support/global-engine.mjs',
  globalTeardown: '<rootDir>/test/support/global-engine-end.mjs',
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
      displayName: 'bounds',
      testMatch: BOUNDED.map((file) => `<rootDir>/test/${file}.e2e-spec.ts`),
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'],
      testPathIgnorePatterns: NOT_BOUNDED,
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
      testPathIgnorePatterns: NOT_BOUNDED,
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'operations',
      testMatch: ['<rootDir>/test/operations/**/*.e2e-spec.ts'],
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/browser/**/*.e2e-spec.ts'],
      globals: { TEST_TIMEOUT_MS: 120_000 },
    },
    {
      ...base,
      displayName: 'compose',
      testMatch: ['<rootDir>/test/compose/**/*.e2e-spec.ts'],
      ...engine,
      globals: { TEST_TIMEOUT_MS: 300_000 },
    },
    {
      ...base,
      displayName: 'docker',
      testMatch: [
        '<rootDir>/{apps,libs,test}/**/*.docker.int-spec.ts',
        '<rootDir>/test/docker/**/*.e2e-spec.ts',
      ],
      ...engine,
      globals: { TEST_TIMEOUT_MS: 300_000 },
    },
  ],
};
