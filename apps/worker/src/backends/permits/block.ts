import type { Ask, Grant } from './permits.ledger.js';

/** What is not used for so long goes back whole. */
const IDLE_MS_MAX = 5_000;

/** What a taker is told: whether it may call. */
export type Told = (isGranted: boolean) => void;

export interface BlockSettings {
  /** Calls this worker could make at once. */
  readonly slots: number;
  /** After the last renewal was sent, for so long calls may begin. Shorter than the lease. */
  readonly usableMs: number;
}

/**
 * The calls at one backend that this worker may have open. It uses no more than `held`, which Redis has put on its account:
 * `held` falls before Redis is asked to take permits back, and grows after Redis has said so.
 */
export class Block {
  isAsking = false;
  /** Somebody wants to know this backend's calls. By performance.now(), as all times here. */
  watchedAt = -Infinity;
  private open = 0;
  private held = 0;
  private max = 0;
  private othersOpen = 0;
  private isContended = false;
  private renewedAt = -Infinity;
  private usedAt = -Infinity;
  private waiting: Told[] = [];
  private asked: Told[] = [];

  constructor(
    readonly backend: string,
    private readonly settings: BlockSettings,
  ) {}

  get fleetOpen(): number {
    return this.open + this.othersOpen;
  }

  get isOpen(): boolean {
    return this.open > 0;
  }

  /** Whether Redis is to be asked without waiting for the next renewal. */
  get isUrgent(): boolean {
    return this.waiting.length > 0 || (this.isContended && this.held > this.open);
  }

  /** Without a word to Redis; false: it has to be asked. */
  take(max: number, now: number): boolean {
    this.max = max;
    this.usedAt = now;
    if (this.open >= Math.min(this.held, max) || !this.isUsable(now)) return false;
    this.open += 1;
    return true;
  }

  wait(told: Told): void {
    this.waiting.push(told);
  }

  release(): void {
    this.open -= 1;
  }

  /** Nothing is held, asked or looked at. */
  isIdle(now: number, idleMs: number): boolean {
    const isUnused = this.open === 0 && this.held === 0 && !this.isAsking && this.waiting.length === 0;
    return isUnused && now - Math.max(this.usedAt, this.watchedAt) > idleMs;
  }

  /** What to ask Redis for. `isStopping`: only what is open. */
  ask(now: number, isStopping: boolean): Ask {
    this.isAsking = true;
    this.asked = this.waiting;
    this.waiting = [];
    const { open, max } = this;
    if (!this.isUsable(now)) this.held = open;
    const need = open + this.asked.length;
    const isInUse = open > 0 || now - this.usedAt < IDLE_MS_MAX;
    const isModest = isStopping || this.isContended || !isInUse;
    const want = isModest ? need : Math.max(need, Math.min(this.settings.slots, max));
    this.held = Math.max(open, Math.min(this.held, want));
    return { backend: this.backend, max, open, floor: this.held, need, want };
  }

  answered({ granted, isContended, othersOpen }: Grant, askedAt: number): void {
    this.isAsking = false;
    this.held = granted;
    this.isContended = isContended;
    this.othersOpen = othersOpen;
    this.renewedAt = askedAt;
    for (const told of this.asked) {
      const isGranted = this.open < this.held;
      if (isGranted) this.open += 1;
      told(isGranted);
    }
    this.asked = [];
  }

  unanswered(): void {
    this.isAsking = false;
    for (const told of this.asked) told(false);
    this.asked = [];
  }

  private isUsable(now: number): boolean {
    return now - this.renewedAt < this.settings.usableMs;
  }
}
