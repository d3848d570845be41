import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { type Registry, registry } from '#common/contracts/registry.js';
import type { Logger } from '#common/observability/logger.js';
import { channels, keys } from '#common/redis/keys.js';
import type { BackendDirectory } from './backend-directory.js';

/** A message may be lost. */
const LOOK_EVERY_MS = 1_000;

const projection = jsonOf(registry);

export interface RegistryWatchParts {
  readonly subscriber: Redis;
  /** Waits for Redis to come back: then it is looked at once more. */
  readonly redis: Redis;
  readonly directory: Pick<BackendDirectory, 'apply'>;
  readonly logger: Logger;
}

/**
 * Keeps the directory of a worker as the registry in Redis says. While Redis is away, has lost the registry or holds one that
 * cannot be read, what was known last stays in force.
 */
export class RegistryWatch {
  private applied: string | null = null;
  private reported = new Set<string>();
  private looking: Promise<void> | null = null;
  private isLookDue = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RegistryWatchParts) {}

  /** Resolves when the registry is in force, if there is one that can be read. */
  async start(): Promise<void> {
    const { subscriber } = this.parts;
    subscriber.on('message', (channel: string) => {
      if (channel === channels.registry) void this.look();
    });
    await subscriber.subscribe(channels.registry);
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** One look at a time; whoever asks meanwhile has another one follow. */
  private async look(): Promise<void> {
    this.isLookDue = true;
    this.looking ??= this.lookUntilDone().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async lookUntilDone(): Promise<void> {
    while (this.isLookDue) {
      this.isLookDue = false;
      try {
        await this.lookOnce();
      } catch (error) {
        this.parts.logger.debug({ err: error }, 'the registry of backends could not be read; trying again');
      }
    }
  }

  private async lookOnce(): Promise<void> {
    const { redis } = this.parts;
    const revision = await redis.get(keys.registryRevision);
    if (revision === null || revision === this.applied) return;
    const text = await redis.get(keys.registry);
    if (text === null) return;
    const read = projection.safeParse(text);
    // Not the revision above: both may have been replaced since.
    this.applied = read.success ? String(read.data.revision) : revision;
    if (read.success) this.apply(read.data);
    else this.parts.logger.error({ revision }, 'the registry of backends cannot be read; it stays as it was');
  }

  private apply(next: Registry): void {
    const { directory, logger } = this.parts;
    const problems = directory.apply(next);
    logger.info({ revision: next.revision }, 'a registry of backends is in force');
    const sentences = problems.map(({ id, problem }) => `${id}: ${problem}`);
    for (const { id, problem } of problems) {
      if (!this.reported.has(`${id}: ${problem}`))
        logger.warn({ backend: id, problem }, 'a backend is not called here');
    }
    this.reported = new Set(sentences);
  }
}
