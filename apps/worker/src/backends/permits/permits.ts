import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import { Block } from './block.js';
import { PermitsLedger } from './permits.ledger.js';

const RENEW_EVERY_MS = 1_000;
/** Others' releases are not told. */
const LOOK_AGAIN_MS = 100;
/** Backends nobody asks for are let go. */
const FORGET_AFTER_MS = 60_000;

/** `leaseMs`: so long after its last word a worker's permits are free. `usableMs`: so long after it a worker begins calls. */
export interface PermitTimes {
  readonly leaseMs: number;
  readonly usableMs: number;
}

const TIMES: PermitTimes = { leaseMs: 15_000, usableMs: 10_000 };

export interface PermitsParts {
  readonly workerId: string;
  /** Fail-fast. */
  readonly redis: Redis;
  /** Calls this worker could make at once. */
  readonly slots: number;
  readonly logger: Logger;
  readonly times?: PermitTimes;
}

/** One call that may be open. */
export interface Permit {
  /** Once; more often does nothing. */
  release(): void;
}

/**
 * Keeps the calls that the whole fleet has open at a backend under its maximum. Each worker leases a block of permits and gives
 * them out without asking Redis, while there is enough for all.
 */
export class Permits {
  private readonly ledger: PermitsLedger;
  private readonly blocks = new Map<string, Block>();
  private readonly wakers = new Set<() => void>();
  private readonly exchanges = new Set<Promise<void>>();
  private readonly times: PermitTimes;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly parts: PermitsParts) {
    this.times = parts.times ?? TIMES;
    this.ledger = new PermitsLedger(parts.redis, parts.workerId, this.times.leaseMs);
  }

  start(): void {
    this.timer = setInterval(() => this.renew(), RENEW_EVERY_MS);
  }

  /** Gives back at once all that no open call needs; what is open now goes back when it is released. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    // Each may have led to a next one.
    while (this.exchanges.size > 0) await Promise.all(this.exchanges);
    await this.exchange([...this.blocks.values()]);
  }

  /** Null: all `max` are in use, or nobody can say, because Redis is away. Waits for Redis at most. */
  async take(backend: string, max: number): Promise<Permit | null> {
    if (this.isStopped) return null;
    const block = this.blockOf(backend);
    if (block.take(max, performance.now())) return this.permitOf(block);
    const isGranted = await new Promise<boolean>((resolve) => {
      block.wait(resolve);
      this.exchangeSoon(block);
    });
    return isGranted ? this.permitOf(block) : null;
  }

  /** Resolves when it is worth trying again: when a permit of this worker came back, within 100 ms at most. Never rejects. */
  async freeSoon(signal: AbortSignal, timeoutMs: number): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(timeoutMs, LOOK_AGAIN_MS));
      signal.addEventListener('abort', wake);
      this.wakers.add(wake);
    });
  }

  /** Open calls of the whole fleet: this worker's exactly, the others' of about a second ago. */
  fleetActive(backend: string): number {
    const block = this.blockOf(backend);
    block.watchedAt = performance.now();
    return block.fleetOpen;
  }

  private blockOf(backend: string): Block {
    const known = this.blocks.get(backend);
    if (known !== undefined) return known;
    const block = new Block(backend, { slots: this.parts.slots, usableMs: this.times.usableMs });
    this.blocks.set(backend, block);
    return block;
  }

  private permitOf(block: Block): Permit {
    let isReleased = false;
    return {
      release: () => {
        if (isReleased) return;
        isReleased = true;
        block.release();
        if (block.isUrgent || this.isStopped) this.exchangeSoon(block);
        for (const wake of [...this.wakers]) wake();
      },
    };
  }

  private renew(): void {
    const now = performance.now();
    for (const [backend, block] of this.blocks)
      if (block.isIdle(now, FORGET_AFTER_MS)) this.blocks.delete(backend);
    const blocks = [...this.blocks.values()].filter(({ isAsking }) => !isAsking);
    if (blocks.length > 0) void this.exchange(blocks);
  }

  /** One exchange of a block at a time: what comes meanwhile goes with the next. */
  private exchangeSoon(block: Block): void {
    if (!block.isAsking) void this.exchange([block]);
  }

  private exchange(blocks: readonly Block[]): Promise<void> {
    const exchange = this.exchangeAll(blocks).finally(() => {
      this.exchanges.delete(exchange);
      for (const block of blocks) if (block.isUrgent) this.exchangeSoon(block);
    });
    this.exchanges.add(exchange);
    return exchange;
  }

  /** Never rejects. */
  private async exchangeAll(blocks: readonly Block[]): Promise<void> {
    const askedAt = performance.now();
    const asks = blocks.map((block) => block.ask(askedAt, this.isStopped));
    try {
      const grants = await this.ledger.lease(asks);
      for (const [at, block] of blocks.entries()) {
        const grant = grants[at];
        if (grant !== undefined) block.answered(grant, askedAt);
      }
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'permits could not be leased; going on with those there are');
      for (const block of blocks) if (block.isAsking) block.unanswered();
    }
  }
}
