import path from 'node:path';
import type { Driver } from '../../apps/scaler/src/drivers/driver.js';
import {
  ProcessDriver,
  type ProcessDriverOptions,
} from '../../apps/scaler/src/drivers/process/process.driver.js';

/** Runs tiny workers, and remembers what was asked of it. */
export class TinyDriver extends ProcessDriver {
  readonly asked: string[] = [];
  /** Once set, nothing can be asked. */
  isAway = false;

  constructor(
    redisUrl: string,
    private readonly letsGo = true,
    more: Partial<ProcessDriverOptions> = {},
  ) {
    super({
      pool: 'default',
      script: path.resolve('test/support/tiny-worker.mjs'),
      slots: 4,
      env: { REDIS_URL: redisUrl },
      logFile: '/dev/null',
      ...more,
    });
  }

  override async list(): ReturnType<Driver['list']> {
    if (this.isAway) throw new Error('the socket is away');
    return super.list();
  }

  override async start(order: Parameters<Driver['start']>[0]): Promise<readonly string[]> {
    const names = await super.start(order);
    this.asked.push(...names.map((name) => `start ${name}`));
    return names;
  }

  override async stop(name: string): Promise<void> {
    this.asked.push(`stop ${name}`);
    await super.stop(name);
  }

  override async kill(name: string): Promise<void> {
    this.asked.push(`kill ${name}`);
    await super.kill(name);
  }

  /** A driver whose instances outlive a scaler lets go of nothing. */
  override async release(): Promise<void> {
    if (this.letsGo) await super.release();
  }

  /** Ends whatever is left. */
  async clear(): Promise<void> {
    for (const { name } of await super.list()) await super.kill(name);
    await super.release();
  }
}
