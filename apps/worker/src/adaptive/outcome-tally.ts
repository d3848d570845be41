import type { Logger } from '#common/observability/logger.js';
import type { CallOutcome } from '../backends/backend.js';
import type { AdaptiveLedger, Judged, Tallied } from './adaptive.ledger.js';
import { countsAs, judgeWindow, type Outcomes } from './adaptive.policy.js';

const FLUSH_EVERY_MS = 1_000;
/** Models kept while Redis is away; what else is called meanwhile goes uncounted. */
const MODELS_MAX = 1_000;
/** After its slice, so that the slice is over by Redis's clock too. */
const LOOK_AFTER_MS = 50;

const NONE: Outcomes = { succeeded: 0, failed: 0 };

export interface OutcomeTallyParts {
  readonly ledger: AdaptiveLedger;
  /** Ids of the backends that compete for a model. */
  readonly serving: (model: string) => readonly string[];
  readonly logger: Logger;
}

/**
 * Counts in memory what backends said, and tells Redis once a second, so that no job waits for it. Judges whatever
 * windows turn out to be closed. What Redis has not confirmed is told again, and may then have been counted twice: of a
 * share of successes that is the lesser error.
 */
export class OutcomeTally {
  private counts = new Map<string, Map<string, Outcomes>>();
  /** Models to look at once more when their slice is over, so that the last outcomes are judged without a next one. */
  private readonly looks = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly parts: OutcomeTallyParts) {}

  count(model: string, backend: string, outcome: CallOutcome): void {
    const kind = countsAs(outcome);
    if (kind !== null) this.add(model, backend, { ...NONE, [kind]: 1 });
  }

  start(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.flushing = this.flush().finally(() => this.start());
    }, FLUSH_EVERY_MS);
  }

  /** Tells what is left. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.flushing;
    await this.flush();
  }

  /** Tells Redis of every model with outcomes, and looks at those whose slice has ended. Never rejects. */
  async flush(): Promise<void> {
    const told = this.counts;
    this.counts = new Map();
    const now = performance.now();
    const due = [...this.looks].flatMap(([model, atMs]) => (atMs <= now ? [model] : []));
    for (const model of new Set([...told.keys(), ...due])) {
      try {
        await this.tell(model, told.get(model) ?? new Map<string, Outcomes>());
        told.delete(model);
      } catch (error) {
        this.parts.logger.debug({ err: error }, 'outcomes could not be told; they are kept');
        break;
      }
    }
    for (const [model, outcomes] of told) {
      for (const [backend, counted] of outcomes) this.add(model, backend, counted);
    }
  }

  private async tell(model: string, outcomes: ReadonlyMap<string, Outcomes>): Promise<void> {
    const silent = this.parts.serving(model).map((backend): [string, Outcomes] => [backend, NONE]);
    const tallied = await this.parts.ledger.tally(model, new Map([...silent, ...outcomes]));
    if (outcomes.size > 0) this.looks.set(model, performance.now() + tallied.slice_ends_ms + LOOK_AFTER_MS);
    else this.looks.delete(model);
    await this.judge(model, tallied).catch((error: unknown) => {
      this.parts.logger.debug({ err: error }, 'a closed window was not judged; it waits for the next tally');
    });
  }

  private async judge(model: string, { closed }: Tallied): Promise<void> {
    const judged = Object.entries(closed).map(([backend, window]): Judged => {
      return { backend, window: window.window, state: judgeWindow(window, window) };
    });
    if (judged.length === 0) return;
    const first = await this.parts.ledger.judge(model, judged);
    for (const { backend, state } of judged) {
      const before = closed[backend]?.factor;
      if (first.has(backend) && before !== state.factor)
        this.parts.logger.info({ backend, model, factor: state.factor, before }, 'adapted');
    }
  }

  private add(model: string, backend: string, { succeeded, failed }: Outcomes): void {
    const counted = this.counts.get(model) ?? new Map<string, Outcomes>();
    if (!this.counts.has(model) && this.counts.size >= MODELS_MAX) return;
    const sum = counted.get(backend) ?? NONE;
    counted.set(backend, { succeeded: sum.succeeded + succeeded, failed: sum.failed + failed });
    this.counts.set(model, counted);
  }
}
