// Prints what the scaler told a worker in its environment, and waits for its end.
const told = ['POOL', 'WORKER_ROLES', 'WORKER_SLOTS', 'METRICS_PORT', 'WORKER_INSTANCE', 'REDIS_URL'];
process.stdout.write(JSON.stringify(Object.fromEntries(told.map((name) => [name, process.env[name]]))));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
