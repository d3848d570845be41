import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Says `up` and runs until it is told to end, or ends at once with ENDS_WITH. Quick to start, and needs nothing. */
const PUPPET = `FROM node:20-bookworm-slim
USER node
CMD ["node", "-e", "const code = process.env.ENDS_WITH; if (code) process.exit(Number(code)); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('up'); while (process.env.BUSY) {}"]
`;

/** Where the engine is that test/support/global-engine.mjs found or started. */
export function testEngine(): string {
  const host = process.env['SLUICE_TEST_ENGINE'];
  if (host === undefined) throw new Error('Run this file in the jest project docker.');
  return host;
}

/** Whether that engine is a swarm's manager. */
export const isSwarm = (): boolean => process.env['SLUICE_TEST_IS_SWARM'] === '1';

/** Runs a command about the engine and answers what it said. */
export function docker(args: readonly string[], input = ''): string {
  return succeed('docker', args, { input, DOCKER_HOST: testEngine() });
}

/** The id of the image that stands in for a worker's. */
export const puppetImage = (): string => docker(['build', '--quiet', '-'], PUPPET).split('\n').at(-1) ?? '';

/** The id of the workers' image, built from the project's Dockerfile. Quick when nothing has changed since the last time. */
export function workerImage(): string {
  const script = path.resolve('test/support/docker/build-worker.mjs');
  return succeed(process.execPath, [script], { input: '', SLUICE_TEST_ENGINE: testEngine() });
}

function succeed(
  command: string,
  args: readonly string[],
  { input, ...env }: { readonly input: string; readonly [name: string]: string },
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 600_000,
  });
  if (status === 0) return stdout.trim();
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
