import type { Answer } from './answer.js';
import { LogHistogram } from './log-histogram.js';
import { Tally } from './tally.js';

const WINDOWS_MAX = 120;
const WIDTH_MS = 1_000;
const STATUSES_MAX = 12;

/** What happened within a time. Latency belongs to when a request was due, the status to when it was answered. */
export class TimeWindow {
  due = 0;
  dropped = 0;
  inFlightMax = 0;
  outputTokens = 0;
  readonly answers = new Tally(STATUSES_MAX);
  readonly latency = new LogHistogram();
  readonly firstToken = new LogHistogram();

  take(other: TimeWindow): void {
    this.due += other.due;
    this.dropped += other.dropped;
    this.inFlightMax = Math.max(this.inFlightMax, other.inFlightMax);
    this.outputTokens += other.outputTokens;
    this.answers.take(other.answers);
    this.latency.take(other.latency);
    this.firstToken.take(other.firstToken);
  }
}

/** A run in at most 120 windows of time: when it takes longer, they become twice as wide. */
export class TimeWindows {
  widthMs = WIDTH_MS;
  private windows: TimeWindow[] = [];

  constructor(private readonly began: number) {}

  get all(): readonly TimeWindow[] {
    return this.windows;
  }

  at(time: number): TimeWindow {
    let place = this.placeOf(time);
    while (place >= WINDOWS_MAX) {
      this.widen();
      place = this.placeOf(time);
    }
    while (this.windows.length <= place) this.windows.push(new TimeWindow());
    const window = this.windows[place];
    if (window === undefined) throw new Error(`no window at ${time}`);
    return window;
  }

  take({ outcome, dueAt, endedAt, firstTokenAt }: Answer): void {
    if (outcome.kind === 'cut') return;
    const ending = this.at(endedAt);
    ending.answers.add(outcome.status);
    if (outcome.kind === 'failed') return;
    ending.outputTokens += outcome.outputTokens ?? 0;
    const beginning = this.at(dueAt);
    beginning.latency.add(endedAt - dueAt);
    if (firstTokenAt !== null) beginning.firstToken.add(firstTokenAt - dueAt);
  }

  private placeOf(time: number): number {
    return Math.max(0, Math.floor((time - this.began) / this.widthMs));
  }

  private widen(): void {
    this.widthMs *= 2;
    const wide: TimeWindow[] = [];
    for (const [place, window] of this.windows.entries()) {
      const half = wide[Math.floor(place / 2)];
      if (half === undefined) wide.push(window);
      else half.take(window);
    }
    this.windows = wide;
  }
}
