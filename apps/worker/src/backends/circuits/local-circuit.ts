import type { Circuit, CircuitState } from '#common/contracts/circuit.js';
import { HEALTHY, isHealthy, isInWindow, observe, type Report, tick } from './circuit.policy.js';

/** While Redis is away; what is older goes first. */
const PENDING_MAX = 1_000;

export interface Moment {
  readonly nowMs: number;
  readonly dice: number;
}

/** What is to be written, and the reports that are in it. */
export interface Draft {
  readonly known: Circuit;
  readonly state: CircuitState;
  readonly reports: ReadonlySet<Report>;
}

/** One circuit as a worker sees it: what Redis has, and on top what was heard here and is not written yet. */
export class LocalCircuit {
  isWriting = false;
  /** When Redis last said anything of it, by performance.now(). */
  heardAt = -Infinity;
  private known: Circuit;
  private pending: Report[] = [];
  /** Successes of this worker that nobody else knows of, by slice. */
  private readonly unsaid = new Map<number, number>();
  private seen: CircuitState = HEALTHY;

  constructor(
    readonly backend: string,
    readonly model: string,
  ) {
    this.known = { backend, model, version: 0, state: HEALTHY };
  }

  get state(): CircuitState {
    return this.seen;
  }

  /** What Redis has, as far as it was told. */
  get shared(): Circuit {
    return this.known;
  }

  /** Nothing to remember of it, here or in Redis. */
  get isIdle(): boolean {
    const isForgotten = isHealthy(this.known.state) && isHealthy(this.seen);
    return isForgotten && !this.hasNews && this.unsaid.size === 0 && !this.isWriting;
  }

  get hasNews(): boolean {
    return this.pending.length > 0;
  }

  /** Answers whether Redis is to be told at once. */
  hear(report: Report, moment: Moment): boolean {
    const { seen } = this;
    if (report.kind !== 'probed' && seen.kind !== 'closed') return false;
    const endsStreak = seen.kind === 'closed' && seen.streak > 0;
    if (report.kind === 'succeeded' && !endsStreak) {
      this.unsaid.set(report.at, (this.unsaid.get(report.at) ?? 0) + report.count);
      return false;
    }
    this.say(moment);
    this.push(report, moment);
    return true;
  }

  /** Puts the successes that were only counted here among what is to be written, where others know of failures. */
  sayIfSuspect(moment: Moment): boolean {
    if (this.unsaid.size === 0 || isHealthy(this.seen) || this.seen.kind !== 'closed') return false;
    this.say(moment);
    return true;
  }

  /** Forgets what time has made worthless. */
  prune(moment: Moment): void {
    for (const at of this.unsaid.keys()) if (!isInWindow(at, moment.nowMs)) this.unsaid.delete(at);
    this.look(moment);
  }

  /** Messages come in any order. */
  learn(circuit: Circuit, moment: Moment): void {
    if (circuit.version > this.known.version) this.accept(circuit, moment);
  }

  /** Redis has said what it has; null: no such circuit. */
  accept(circuit: Circuit | null, moment: Moment): void {
    this.known = circuit ?? { ...this.known, state: HEALTHY };
    if (circuit !== null) this.heardAt = performance.now();
    // What is being written may be in it already.
    if (!this.isWriting) this.look(moment);
  }

  /** Null: Redis has what there is to know. */
  draft({ nowMs, dice }: Moment): Draft | null {
    const { known } = this;
    const state = this.replayed(this.pending, { nowMs, dice });
    const isNews = state !== known.state && !(isHealthy(state) && isHealthy(known.state));
    const isDue = this.pending.length > 0 || state.kind !== known.state.kind || isHealthy(state);
    if (isNews && isDue) return { known, state, reports: new Set(this.pending) };
    this.pending = [];
    return null;
  }

  /** The reports of a draft are in Redis. */
  written({ reports }: Draft): void {
    this.pending = this.pending.filter((report) => !reports.has(report));
  }

  /** Looks again at what Redis has and what was heard here. */
  look(moment: Moment): void {
    this.pending = this.pending.filter(({ at }) => isInWindow(at, moment.nowMs));
    this.see(this.replayed(this.pending, moment));
  }

  private say(moment: Moment): void {
    for (const [at, count] of this.unsaid) this.push({ kind: 'earlier', at, count }, moment);
    this.unsaid.clear();
  }

  private push(report: Report, { nowMs, dice }: Moment): void {
    if (this.pending.length >= PENDING_MAX) this.pending.shift();
    this.pending.push(report);
    this.see(observe(this.seen, report, nowMs, dice));
  }

  private see(state: CircuitState): void {
    this.seen = state;
    // A circuit that closes again begins with an empty window.
    if (state.kind !== 'closed') this.unsaid.clear();
  }

  private replayed(reports: readonly Report[], { nowMs, dice }: Moment): CircuitState {
    return reports.reduce<CircuitState>(
      (state, report) => observe(state, report, nowMs, dice),
      tick(this.known.state, nowMs, dice),
    );
  }
}
