import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { channels } from '#common/redis/keys.js';
import type { CallOutcome } from '../backend.js';
import { type Availability, availability, claimProbe, hurry, reportOf, sliceOf } from './circuit.policy.js';
import { CircuitWriter } from './circuit-writer.js';
import { CircuitsLedger, readCircuit } from './circuits.ledger.js';
import { LocalCircuit, type Moment } from './local-circuit.js';
import { RedisClock } from './redis-clock.js';

/** Successes of circuits with failures are told so often. */
const TELL_EVERY_MS = 250;
/** Messages may be lost. */
const SYNC_EVERY_MS = 1_000;
/** Circuits kept here, healthy ones too: callers may invent models. Past it only failures make new ones, up to twice as many. */
const CIRCUITS_MAX = 2_000;

export interface CircuitsParts {
  readonly workerId: string;
  /** Fail-fast. */
  readonly redis: Redis;
  /** Shared with others: only the messages of our channel are ours. */
  readonly subscriber: Redis;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * The fleet's circuits as this worker sees them. Answers come from memory; a healthy circuit costs no command. What is
 * heard while Redis is away counts here at once and in the fleet when Redis is back, but no probe is sent then: nobody could
 * say that it is the only one.
 */
export class Circuits {
  private readonly clock = new RedisClock();
  private readonly ledger: CircuitsLedger;
  private readonly writer: CircuitWriter;
  private readonly circuits = new Map<string, LocalCircuit>();
  private timers: NodeJS.Timeout[] = [];
  private syncing: Promise<void> | null = null;

  constructor(private readonly parts: CircuitsParts) {
    this.ledger = new CircuitsLedger(parts.redis, this.clock);
    this.writer = new CircuitWriter({ ...parts, ledger: this.ledger, moment: () => this.moment() });
  }

  /** Knows of every circuit when it resolves, if Redis answers. */
  async start(): Promise<void> {
    const { subscriber } = this.parts;
    subscriber.on('message', this.onMessage);
    subscriber.on('ready', this.onReady);
    await subscriber.subscribe(channels.circuits);
    await this.sync();
    this.timers = [
      setInterval(() => this.tell(), TELL_EVERY_MS),
      setInterval(() => void this.sync(), SYNC_EVERY_MS),
    ];
  }

  /** Tells what is left, and listens no more. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.parts.subscriber.off('message', this.onMessage);
    this.parts.subscriber.off('ready', this.onReady);
    this.tell();
    await this.syncing;
    await this.writer.idle();
  }

  availability(backend: string, model: string): Availability {
    const local = this.circuits.get(nameOf(backend, model));
    if (local === undefined) return 'closed';
    return availability(local.state, this.clock.nowMs);
  }

  /** Whether this worker may send the one call that finds out if the backend is back. Its outcome must be reported. */
  async claimProbe(backend: string, model: string): Promise<boolean> {
    const local = this.circuits.get(nameOf(backend, model));
    if (local === undefined) return false;
    return this.writer.change(local, (state, nowMs) => claimProbe(state, this.parts.workerId, nowMs));
  }

  report(backend: string, model: string, outcome: CallOutcome, isProbe: boolean): void {
    const moment = this.moment();
    const report = reportOf(outcome, sliceOf(moment.nowMs), isProbe ? this.parts.workerId : null);
    if (report === null) return;
    const room = report.kind === 'succeeded' ? CIRCUITS_MAX : 2 * CIRCUITS_MAX;
    if (this.circuits.size >= room && !this.circuits.has(nameOf(backend, model))) return;
    const local = this.localOf(backend, model);
    if (local.hear(report, moment)) this.writer.write(local);
  }

  /** A health check found the backend alive. */
  hurry(backend: string): void {
    for (const local of this.circuits.values()) {
      if (local.backend !== backend || local.state.kind !== 'open') continue;
      void this.writer.change(local, (state, nowMs) => {
        const hurried = hurry(state, nowMs);
        return hurried === state ? null : hurried;
      });
    }
  }

  private readonly onReady = (): void => void this.sync();

  private readonly onMessage = (channel: string, message: string): void => {
    if (channel !== channels.circuits) return;
    const circuit = readCircuit(message);
    if (circuit !== null) this.localOf(circuit.backend, circuit.model).learn(circuit, this.moment());
  };

  private localOf(backend: string, model: string): LocalCircuit {
    const name = nameOf(backend, model);
    const known = this.circuits.get(name);
    if (known !== undefined) return known;
    const local = new LocalCircuit(backend, model);
    this.circuits.set(name, local);
    return local;
  }

  private tell(): void {
    const moment = this.moment();
    for (const local of this.circuits.values()) if (local.sayIfSuspect(moment)) this.writer.write(local);
  }

  private sync(): Promise<void> {
    this.syncing ??= this.readAll().finally(() => {
      this.syncing = null;
    });
    return this.syncing;
  }

  private async readAll(): Promise<void> {
    const askedAt = performance.now();
    try {
      const circuits = await this.ledger.read();
      const moment = this.moment();
      const there = new Map(
        circuits.map((circuit) => [this.localOf(circuit.backend, circuit.model), circuit]),
      );
      for (const local of this.circuits.values()) {
        // What was heard since is newer.
        if (local.heardAt < askedAt) local.accept(there.get(local) ?? null, moment);
      }
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'circuits could not be read; going on with what is known');
    }
    this.tidy();
  }

  private tidy(): void {
    const moment = this.moment();
    const before = performance.now() - SYNC_EVERY_MS;
    for (const [name, local] of this.circuits) {
      local.prune(moment);
      if (!local.isIdle) this.writer.write(local);
      // What was just removed is kept for a while: an older message may still be on its way.
      else if (local.heardAt < before) this.circuits.delete(name);
    }
  }

  private moment(): Moment {
    return { nowMs: this.clock.nowMs, dice: Math.random() };
  }
}

/** A backend's id holds no blank. */
const nameOf = (backend: string, model: string): string => `${backend} ${model}`;
