import type { Answer } from './answer.js';
import { LogHistogram } from './log-histogram.js';
import { Tally } from './tally.js';

const STATUSES_MAX = 30;

/** When a success counts as good, in milliseconds; null is any time. */
export interface Objective {
  readonly withinMs: number | null;
  readonly firstTokenMs: number | null;
}

/** What was measured of one group of requests. Its size does not depend on how many there were. */
export class Figures {
  due = 0;
  /** Due while too many were in flight, and never sent. */
  dropped = 0;
  /** Sent, and still unanswered when the test was stopped. */
  unfinished = 0;
  succeeded = 0;
  failed = 0;
  /** Succeeded, and in time. */
  good = 0;
  outputTokens = 0;
  readonly statuses = new Tally(STATUSES_MAX);
  /** Of successes, in milliseconds. */
  readonly latency = new LogHistogram();
  /** Of streams that succeeded, in milliseconds. */
  readonly firstToken = new LogHistogram();
  /** Between two pieces of text of one stream, in milliseconds. */
  readonly gap = new LogHistogram();
  /** Of each stream: (tokens − 1) ÷ (end − first token), per second. */
  readonly speed = new LogHistogram();

  constructor(private readonly objective: Objective) {}

  get errorPercent(): number | null {
    return percent(this.failed, this.succeeded + this.failed);
  }

  get droppedPercent(): number | null {
    return percent(this.dropped, this.due);
  }

  /** Of all that were due. Those that the end of the test cut off say nothing. */
  get goodPercent(): number | null {
    return percent(this.good, this.due - this.unfinished);
  }

  take(answer: Answer): void {
    const { outcome, dueAt, endedAt, firstTokenAt, gapsMs } = answer;
    if (outcome.kind === 'cut') {
      this.unfinished += 1;
      return;
    }
    this.statuses.add(outcome.status);
    if (outcome.kind === 'failed') {
      this.failed += 1;
      return;
    }
    this.succeeded += 1;
    this.latency.add(endedAt - dueAt);
    if (firstTokenAt !== null) this.firstToken.add(firstTokenAt - dueAt);
    for (const gapMs of gapsMs) this.gap.add(gapMs);
    this.outputTokens += outcome.outputTokens ?? 0;
    const speed = speedOf(answer, outcome.outputTokens);
    if (speed !== null) this.speed.add(speed);
    if (this.isGood(answer)) this.good += 1;
  }

  private isGood({ dueAt, endedAt, firstTokenAt }: Answer): boolean {
    const { withinMs, firstTokenMs } = this.objective;
    const isInTime = withinMs === null || endedAt - dueAt <= withinMs;
    return isInTime && (firstTokenMs === null || (firstTokenAt ?? endedAt) - dueAt <= firstTokenMs);
  }
}

function speedOf({ firstTokenAt, endedAt }: Answer, tokens: number | null): number | null {
  if (firstTokenAt === null || tokens === null || tokens < 2 || endedAt <= firstTokenAt) return null;
  return ((tokens - 1) / (endedAt - firstTokenAt)) * 1_000;
}

const percent = (part: number, whole: number): number | null => (whole > 0 ? (part / whole) * 100 : null);
