import { spawnSync } from 'node:child_process';

/** Runs a command to its end. @throws with the last lines of what it said, when it fails or takes longer. */
export function run(command, args, { withinMs = 120_000, ...options } = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: withinMs,
    killSignal: 'SIGKILL',
    ...options,
  });
  if (result.status === 0) return result.stdout.trim();
  const said = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} failed (${result.error?.message ?? result.status}): ${said}`);
}

/** Whether it can be run and ends well. */
export function runs(command, args, options = {}) {
  try {
    run(command, args, { withinMs: 10_000, ...options });
    return true;
  } catch {
    return false;
  }
}
