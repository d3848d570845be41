import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { Reply } from '#common/redis/reply.js';
import type { Term } from './term.js';

const leadScript = new LuaScript(new URL('./lead.lua', import.meta.url));
const resignScript = new LuaScript(new URL('./resign.lua', import.meta.url));

const LEASE_MS = 15_000;
/** While Redis does not answer, it is asked more often than for renewals. */
const AGAIN_MS_MAX = 1_000;

export interface LeadershipParts {
  /** A fail-fast connection. */
  readonly redis: Redis;
  readonly id: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A term has begun. */
  readonly onLed: () => void;
  /** Another scaler was found to lead although we did. */
  readonly onLost: () => void;
  readonly leaseMs?: number;
}

/**
 * At most one scaler acts: who holds a lease of 15 s, renewed every 5 s. Time is counted from before a renewal was asked for, and
 * who could not renew for 10 s stops acting, so that it has stopped before Redis lets anybody else in.
 */
export class Leadership {
  private held: { readonly epoch: number; readonly provenAt: number } | null = null;
  private timer: NodeJS.Timeout | undefined;
  private renewal: Promise<unknown> = Promise.resolve();
  private isStopped = false;
  private readonly leaseMs: number;

  constructor(private readonly parts: LeadershipParts) {
    this.leaseMs = parts.leaseMs ?? LEASE_MS;
  }

  /** Null while it is not ours to act. */
  get term(): Term | null {
    const epoch = this.held?.epoch;
    if (epoch === undefined || !this.isOurs(epoch)) return null;
    return { epoch, isOurs: () => this.isOurs(epoch) };
  }

  async start(): Promise<void> {
    await this.renewAndGoOn();
  }

  /** Lets another one in at once. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.renewal;
    const { redis, id, metrics } = this.parts;
    this.held = null;
    metrics.gauge('sluice_scaler_leader').set(0);
    // A lease that cannot be ended now ends by itself.
    await resignScript.run(redis, [keys.scalerLeader], [id]).catch(() => undefined);
  }

  /** Takes the lease if it is free, and renews it if it is ours. Rejects when Redis does not answer. */
  async renew(): Promise<void> {
    const { redis, id, logger, onLed, onLost } = this.parts;
    const askedAt = performance.now();
    const reply = new Reply(
      await leadScript.run(redis, [keys.scalerLeader, keys.scalerEpoch], [id, this.leaseMs]),
    );
    const before = this.held;
    const epoch = reply.number(1);
    this.held = reply.number(0) === 1 ? { epoch, provenAt: askedAt } : null;
    if (this.held !== null && before?.epoch !== epoch) {
      logger.info({ epoch }, 'leading');
      onLed();
    }
    if (this.held === null && before !== null) {
      logger.warn({ epoch: before.epoch }, 'another scaler leads');
      onLost();
    }
  }

  private isOurs(epoch: number): boolean {
    const { held } = this;
    return held?.epoch === epoch && performance.now() - held.provenAt < (this.leaseMs * 2) / 3;
  }

  private async renewAndGoOn(): Promise<void> {
    this.renewal = this.renew().then(
      () => this.goOnAfter(this.leaseMs / 3),
      (error: unknown) => {
        this.parts.logger.debug({ err: error }, 'the lease could not be renewed');
        this.goOnAfter(Math.min(AGAIN_MS_MAX, this.leaseMs / 3));
      },
    );
    await this.renewal;
    this.parts.metrics.gauge('sluice_scaler_leader').set(this.term === null ? 0 : 1);
  }

  private goOnAfter(ms: number): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.renewAndGoOn(), ms);
  }
}
