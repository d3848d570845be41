import { Redis } from 'ioredis';

const EVERY_MS = 50;
/** The API gives Redis up after 400 ms of silence; it is not the only one that waits for a processor. */
const STALL_MS = 200;
const EXPLAINS_FOR_MS = 5_000;

/**
 * Measures whether Redis, or this process itself, was kept waiting by the machine. Then the API is right to say that a store
 * did not answer; at any other time it is not.
 */
export class Pulse {
  stalls = 0;
  longestMs = 0;
  /** Answers that a stall explains. */
  explained = 0;
  private lastStallAt = -Infinity;
  private asked: number | null = null;
  private readonly redis: Redis;
  private readonly timer: NodeJS.Timeout;

  constructor(redisUrl: string) {
    this.redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
    this.timer = setInterval(() => void this.beat(), EVERY_MS);
  }

  isStalled(): boolean {
    this.note();
    return performance.now() - this.lastStallAt < EXPLAINS_FOR_MS;
  }

  stop(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }

  private async beat(): Promise<void> {
    this.note();
    if (this.asked !== null) return;
    this.asked = performance.now();
    await this.redis.ping().catch(() => undefined);
    if (this.note()) this.stalls++;
    this.asked = null;
  }

  /** Whether what is asked has been unanswered for long. */
  private note(): boolean {
    if (this.asked === null) return false;
    const ms = performance.now() - this.asked;
    if (ms < STALL_MS) return false;
    this.lastStallAt = performance.now();
    this.longestMs = Math.max(this.longestMs, ms);
    return true;
  }
}
