// Imported by every process of a test (NODE_OPTIONS): ends the workers among them before they begin.
if (process.argv[1]?.includes('apps/worker/')) process.exit(3);
