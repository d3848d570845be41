import type { Answer } from './answer.js';
import { Figures, type Objective } from './figures.js';
import { LogHistogram } from './log-histogram.js';
import type { Drawn } from './mix.js';
import { Shares } from './shares.js';
import { Tally } from './tally.js';
import { DIMENSIONS, type Dimension } from './thresholds.js';
import { TimeWindows } from './time-windows.js';

const GROUPS_MAX = 200;
const CODES_MAX = 100;
const OTHERS = 'others';

/** All that a run measured, in a size that does not grow with it. What is due while it warms up is in `windows` only. */
export class RunRecord {
  readonly all: Figures;
  readonly groups: Readonly<Record<Dimension, Map<string, Figures>>> = {
    tenant: new Map(),
    tier: new Map(),
    model: new Map(),
  };
  readonly workers = new Shares();
  readonly backends = new Shares();
  readonly codes = new Tally(CODES_MAX);
  /** From when a request was due to when it was sent, in milliseconds. */
  readonly lateness = new LogHistogram();
  readonly windows: TimeWindows;
  sendingEndedAt: number | null = null;
  endedAt: number | null = null;

  constructor(
    readonly began: number,
    private readonly warmUpMs: number,
    private readonly objective: Objective,
  ) {
    this.all = new Figures(objective);
    this.windows = new TimeWindows(began);
  }

  /** From the end of the warm-up to now, or to the end; in seconds. */
  get seconds(): number {
    return this.secondsUntil(this.endedAt);
  }

  /** How long requests were due. */
  get sendingSeconds(): number {
    return this.secondsUntil(this.sendingEndedAt);
  }

  due(request: Drawn, dueAt: number, inFlight: number): void {
    const window = this.windows.at(dueAt);
    window.due += 1;
    window.inFlightMax = Math.max(window.inFlightMax, inFlight);
    for (const figures of this.figuresOf(request, dueAt)) figures.due += 1;
  }

  dropped(request: Drawn, dueAt: number): void {
    this.windows.at(dueAt).dropped += 1;
    for (const figures of this.figuresOf(request, dueAt)) figures.dropped += 1;
  }

  take(answer: Answer): void {
    this.windows.take(answer);
    const { request, dueAt, sentAt, endedAt, outcome } = answer;
    if (this.isWarmUp(dueAt)) return;
    for (const figures of this.figuresOf(request, dueAt)) figures.take(answer);
    this.lateness.add(Math.max(0, sentAt - dueAt));
    if (outcome.kind === 'failed') this.codes.add(outcome.code);
    if (outcome.kind !== 'generated') return;
    this.workers.add(outcome.workerId, endedAt - dueAt);
    this.backends.add(outcome.backendId, endedAt - dueAt);
  }

  private isWarmUp(dueAt: number): boolean {
    return dueAt - this.began < this.warmUpMs;
  }

  private figuresOf({ caller, model }: Drawn, dueAt: number): Figures[] {
    if (this.isWarmUp(dueAt)) return [];
    const names = { tenant: caller.tenant, tier: caller.tier, model };
    const own = DIMENSIONS.map((dimension) => this.group(dimension, names[dimension]));
    return [this.all, ...own.filter((figures) => figures !== null)];
  }

  private group(dimension: Dimension, name: string | null): Figures | null {
    if (name === null) return null;
    const groups = this.groups[dimension];
    const known = groups.has(name) || groups.size < GROUPS_MAX ? name : OTHERS;
    const figures = groups.get(known) ?? new Figures(this.objective);
    groups.set(known, figures);
    return figures;
  }

  private secondsUntil(end: number | null): number {
    return Math.max(0, (end ?? performance.now()) - this.began - this.warmUpMs) / 1_000;
  }
}
