/** The Deployment that runs a pool's workers. */
export const deploymentOf = (pool: string, named: Readonly<Record<string, string>>): string =>
  named[pool] ?? `sluice-worker-${pool}`;
