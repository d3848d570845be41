import process from 'node:process';
import { BootError } from '#common/errors/boot-error.js';
import type { Shutdown } from './shutdown.js';

/** A process never outlives its stop by more than this, whatever hangs, in milliseconds. */
const STOP_MS_MAX = 40_000;

/**
 * Starts a process and ties its end to signals and to its parent: SIGTERM, SIGINT or a parent that is gone stop it in
 * phases; a second signal exits at once. A BootError is printed as one sentence and exits with 1.
 * `start` answers the port it listens on, which is told to a parent that forked us.
 */
export async function runProcess(shutdown: Shutdown, start: () => Promise<number>): Promise<void> {
  const stop = (): void => {
    if (shutdown.isStopping) process.exit(1);
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    void shutdown.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    const port = await start();
    if (process.send !== undefined) {
      process.on('disconnect', () => {
        if (!shutdown.isStopping) stop();
      });
      process.send({ kind: 'listening', port });
    }
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
