/** The directions in which things may know each other. */

const TEST = String.raw`\.(spec|int-spec|e2e-spec)\.ts$`;
const OURS = '^(apps|libs)/';

/** A package by its name, resolved or not. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

const BULLMQ_EDGES = [
  String.raw`\.(processor|reading|module)\.ts$`,
  '^libs/common/src/queue/',
  '^apps/worker/src/telling/sweeper',
  '^apps/api/src/board/',
];

const DATABASE_EDGES = [String.raw`\.(ledger|reader)\.ts$`, '^libs/common/src/database/'];

/** What a policy may take values from; types it may take from any of our own files. */
const WHAT_POLICIES_KNOW = [String.raw`\.policy\.ts$`, '^libs/common/src/contracts/'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'apps-meet-in-contracts',
      comment:
        'Apps never import each other: they meet in Redis and Postgres, through libs/common/src/contracts.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'common-knows-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'common-knows-no-http',
      comment: 'Nest’s HTTP adapters and Fastify belong to the apps that answer requests.',
      severity: 'error',
      from: { path: '^libs/common/' },
      to: { path: packages('@nestjs/platform-[^/]+', 'fastify', '@fastify/[^/]+') },
    },
    {
      name: 'bullmq-at-edges',
      comment:
        'BullMQ is translated into our words by processors, readings, the queue’s own folder and modules.',
      severity: 'error',
      from: { path: OURS, pathNot: [...BULLMQ_EDGES, TEST] },
      to: { path: packages('bullmq', '@nestjs/bullmq') },
    },
    {
      name: 'database-at-edges',
      comment: 'Postgres is spoken to by ledgers, readers and libs/common/src/database.',
      severity: 'error',
      from: { path: OURS, pathNot: [...DATABASE_EDGES, TEST] },
      to: { path: [packages('@prisma/[^/]+', 'prisma', 'pg'), '^libs/common/src/database/generated/'] },
    },
    {
      name: 'docker-behind-its-driver',
      severity: 'error',
      from: { path: OURS, pathNot: '^apps/scaler/src/drivers/docker' },
      to: { path: packages('dockerode', '@types/dockerode') },
    },
    {
      name: 'openai-behind-its-driver',
      comment: 'Also its types: the words of one backend are not ours.',
      severity: 'error',
      from: { path: OURS, pathNot: '^apps/worker/src/backends/openai/' },
      to: { path: packages('openai') },
    },
    {
      name: 'telemetry-behind-tracing',
      comment:
        'OpenTelemetry is spoken to by libs/common/src/observability, and its SDK is loaded only there.',
      severity: 'error',
      from: { path: OURS, pathNot: '^libs/common/src/observability/' },
      to: { path: packages('@opentelemetry/[^/]+') },
    },
    {
      name: 'nothing-needs-tools',
      comment:
        'What is shipped needs no script, benchmark or test. Tests beside the code may use test/support.',
      severity: 'error',
      from: { path: OURS, pathNot: TEST },
      to: { path: '^(scripts|bench|test)/' },
    },
    {
      name: 'tests-need-support-only',
      severity: 'error',
      from: { path: `${OURS}.*${TEST}` },
      to: { path: '^(scripts|bench|test)/', pathNot: '^test/support/' },
    },
    {
      name: 'nothing-needs-a-spec',
      severity: 'error',
      from: {},
      to: { path: TEST },
    },
    {
      name: 'policies-touch-nothing',
      comment: 'A policy is a function of its arguments: no package, no builtin, not even their types.',
      severity: 'error',
      from: { path: String.raw`\.policy\.ts$` },
      to: { pathNot: OURS },
    },
    {
      name: 'policies-know-contracts',
      comment:
        'Values come from contracts and other policies. `import type` may come from any of our own files.',
      severity: 'error',
      from: { path: String.raw`\.policy\.ts$` },
      to: { path: OURS, pathNot: WHAT_POLICIES_KNOW, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      comment:
        'A file that nobody needs and that needs nobody is forgotten, unless it is where a process begins.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          String.raw`/src/main\.ts$`,
          '^(scripts|bench)/',
          TEST,
          '^test/support/global-',
          String.raw`\.d\.mts$`,
        ],
      },
      to: {},
    },
    {
      name: 'no-development-packages',
      comment: 'What is shipped runs after `npm ci --omit=dev`.',
      severity: 'error',
      from: { path: OURS, pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], pathNot: packages('@types/[^/]+') },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Imported, but not in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^libs/common/src/database/generated/'] },
    exclude: { path: '^dist/' },
    // Type-only imports are arrows too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // `#common/*.js` is found in the sources, not in what an earlier build left in dist/.
      conditionNames: ['sluice-source', 'import', 'require', 'node', 'default'],
      mainFields: ['module', 'main'],
    },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
