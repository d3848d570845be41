import type { Redis } from 'ioredis';
import type { Circuit, CircuitState } from '#common/contracts/circuit.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { channels } from '#common/redis/keys.js';
import type { CallOutcome } from '../backend.js';
import {
  type Availability,
  availability,
  claimProbe,
  hurry,
  reportOf,
  sliceOf,
  tick,
} from './circuit.policy.js';
import { CircuitsLedger, readCircuit } from './circuits.ledger.js';
import { LocalCircuit, type Moment } from './local-circuit.js';
import { RedisClock } from './redis-clock.js';

/** Successes of circuits with failures are told so often. */
const TELL_EVERY_MS = 250;
/** Messages may be lost. */
const SYNC_EVERY_MS = 1_000;
/** Circuits kept here, healthy ones too: callers may invent models. Past it only failures make new ones, up to twice as many. */
const CIRCUITS_MAX = 2_000;
/** Each time somebody else was first. */
const TRIES_MAX = 20;

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
  private readonly circuits = new Map<string, LocalCircuit>();
  private readonly writes = new Set<Promise<void>>();
  private timers: NodeJS.Timeout[] = [];
  private syncing: Promise<void> | null = null;

  constructor(private readonly parts: CircuitsParts) {
    this.ledger = new CircuitsLedger(parts.redis, this.clock);
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
    await Promise.all(this.writes);
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
    return this.change(local, (state, nowMs) => claimProbe(state, this.parts.workerId, nowMs));
  }

  report(backend: string, model: string, outcome: CallOutcome, isProbe: boolean): void {
    const moment = this.moment();
    const report = reportOf(outcome, sliceOf(moment.nowMs), isProbe ? this.parts.workerId : null);
    if (report === null) return;
    const room = report.kind === 'succeeded' ? CIRCUITS_MAX : 2 * CIRCUITS_MAX;
    if (this.circuits.size >= room && !this.circuits.has(nameOf(backend, model))) return;
    const local = this.localOf(backend, model);
    if (local.hear(report, moment)) this.write(local);
  }

  /** A health check found the backend alive. */
  hurry(backend: string): void {
    for (const local of this.circuits.values()) {
      if (local.backend !== backend || local.state.kind !== 'open') continue;
      void this.change(local, (state, nowMs) => {
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
    for (const local of this.circuits.values()) if (local.sayIfSuspect(moment)) this.write(local);
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
        if (local.heardAt < askedAt) accept(local, there.get(local) ?? null, moment);
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
      if (!local.isIdle) this.write(local);
      // What was just removed is kept for a while: an older message may still be on its way.
      else if (local.heardAt < before) this.circuits.delete(name);
    }
  }

  /** One write at a time: what is heard meanwhile goes with the next. */
  private write(local: LocalCircuit): void {
    if (local.isWriting) return;
    local.isWriting = true;
    const write = this.writeAll(local).then((isDone) => {
      local.isWriting = false;
      local.look(this.moment());
      this.writes.delete(write);
      if (isDone && local.hasNews) this.write(local);
    });
    this.writes.add(write);
  }

  /** False: Redis does not take it now, or others are always first. The next sync tries again. */
  private async writeAll(local: LocalCircuit): Promise<boolean> {
    try {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const draft = local.draft(this.moment());
        if (draft === null) return true;
        if (await this.put(local, draft.known, draft.state)) local.written(draft);
      }
      return false;
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a circuit could not be written; trying again');
      return false;
    }
  }

  /** Whether the change is in force in the fleet. `change` answers null when there is nothing to change. */
  private async change(
    local: LocalCircuit,
    change: (state: CircuitState, nowMs: number) => CircuitState | null,
  ): Promise<boolean> {
    try {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const { nowMs, dice } = this.moment();
        const state = change(tick(local.shared.state, nowMs, dice), nowMs);
        if (state === null) return false;
        if (await this.put(local, local.shared, state)) return true;
      }
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a circuit could not be changed');
    }
    return false;
  }

  private async put(local: LocalCircuit, known: Circuit, state: CircuitState): Promise<boolean> {
    const written = await this.ledger.write(known, state);
    accept(local, written.circuit, this.moment());
    if (written.kind === 'outrun') return false;
    if (state.kind !== known.state.kind) this.tellOf(known, state);
    return true;
  }

  private tellOf({ backend, model, state: { kind: before } }: Circuit, { kind: state }: CircuitState): void {
    this.parts.metrics.counter('sluice_circuit_transitions_total').inc({ backend, state });
    this.parts.logger.info({ backend, model, state, before }, 'circuit');
  }

  private moment(): Moment {
    return { nowMs: this.clock.nowMs, dice: Math.random() };
  }
}

/** Null: Redis has no such circuit. */
function accept(local: LocalCircuit, circuit: Circuit | null, moment: Moment): void {
  if (circuit === null) local.learnGone(moment);
  else local.adopt(circuit, moment);
}

/** A backend's id holds no blank. */
const nameOf = (backend: string, model: string): string => `${backend} ${model}`;
