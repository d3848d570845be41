import type { OutcomeClass } from '#common/contracts/worker-presence.js';
import type { Outcomes, PoolReading } from '../../apps/scaler/src/policy/scaling.js';
import type { Fleet } from './fleet.js';
import type { JobLine } from './job-line.js';
import { SlidingSum } from './sliding-sum.js';
import { isDisturbed, startMs, type Workload } from './workload.js';

const OUTCOMES = ['succeeded', 'backend_5xx', 'timeout', 'crash'] as const;
export type SimOutcome = Extract<OutcomeClass, (typeof OUTCOMES)[number]> | 'crash';
const RATES_S = [6, 20, 180, 360] as const;
/** A worker's processor is as busy as its slots; memory has a fixed part. Both are assumptions. */
const MEMORY = { fixed: 0.3, perUse: 0.4 } as const;

interface Blindness {
  readonly lagS: number;
  /** Share of the ticks whose reading fails. */
  readonly dropout: number;
  readonly dice: () => number;
}

/** Sees the pool as the scaler's reader does, with its windows, lag and failures. */
export class Sights {
  private readonly service = new SlidingSum(300);
  private readonly response = new SlidingSum(60);
  private readonly outcomes = OUTCOMES.map(() => new SlidingSum(60));
  private readonly coldStarts: number[] = [];
  /** For each rate: how many jobs had arrived when its window began. */
  private readonly before = RATES_S.map(() => 0);
  private readonly past: PoolReading[] = [];
  private wholeS: number;

  constructor(
    private readonly workload: Workload,
    private readonly coldStartS: number,
    private readonly blindness: Blindness,
    private readonly pool: { readonly fleet: Fleet; readonly line: JobLine; readonly arrivedS: Float64Array },
  ) {
    this.wholeS = 0;
  }

  get epochMs(): number {
    return startMs(this.workload);
  }

  settled(nowS: number, heldS: number, responseS: number): void {
    this.service.note(nowS, heldS);
    this.response.note(nowS, responseS);
  }

  ended(nowS: number, outcome: SimOutcome): void {
    this.outcomes[OUTCOMES.indexOf(outcome)]?.note(nowS, 1);
  }

  becameReady(coldS: number): void {
    this.coldStarts.push(coldS);
    if (this.coldStarts.length > 32) this.coldStarts.shift();
  }

  /** `arrived` jobs have come so far. */
  read(nowS: number, arrived: number, deferred: number): PoolReading {
    const { lagS, dropout, dice } = this.blindness;
    const now = this.whole(nowS, arrived, deferred);
    const isBlind = isDisturbed(this.workload, 'blind', nowS) || (dropout > 0 && dice() < dropout);
    if (isBlind) return this.unknown(now, nowS);
    this.wholeS = nowS;
    if (lagS <= 0) return now;
    this.past.push(now);
    const fromMs = now.now_ms - lagS * 1_000;
    while ((this.past[1]?.now_ms ?? Infinity) <= fromMs) this.past.shift();
    const then = this.past[0] ?? now;
    return {
      ...then,
      now_ms: now.now_ms,
      age_s: (now.now_ms - then.now_ms) / 1_000,
      instances: now.instances,
    };
  }

  private unknown(now: PoolReading, nowS: number): PoolReading {
    const age_s = nowS - this.wholeS;
    const nothing = {
      queue: null,
      arrivals: null,
      service: null,
      outcomes: null,
      usage: null,
      response_s: null,
    };
    return { ...now, ...nothing, age_s };
  }

  private whole(nowS: number, arrived: number, deferred: number): PoolReading {
    const { fleet, line, arrivedS } = this.pool;
    const [service, response] = [this.service.at(nowS), this.response.at(nowS)];
    const { active } = fleet;
    const first = line.first;
    const ready = fleet.count('ready', 'cordoned');
    const use = ready === 0 ? null : active / fleet.workers.reduce((sum, { slots }) => sum + slots, 0);
    return {
      now_ms: this.epochMs + Math.round(nowS * 1_000),
      age_s: 0,
      queue: {
        ready: line.length,
        active,
        deferred,
        due: deferred,
        head_wait_s: first === undefined ? null : nowS - (arrivedS[first] ?? nowS),
      },
      arrivals: this.ratesAt(nowS, arrived),
      service:
        service.count === 0 ? null : { mean_s: service.mean, scv: service.scv, samples: service.count },
      outcomes: this.outcomesAt(nowS),
      instances: fleet.seen(this.epochMs),
      foreign_slots: 0,
      cold_start: this.coldStart(),
      usage: use === null ? null : { cpu: use, memory: MEMORY.fixed + MEMORY.perUse * use },
      response_s: response.count === 0 ? null : response.mean,
      forecast: null,
      scheduled_floor: 0,
      orders: [],
      backends: { max_connections: null },
      budget_workers: null,
    };
  }

  private ratesAt(nowS: number, arrived: number): NonNullable<PoolReading['arrivals']> {
    const [latest = 0, fast = 0, slow = 0, slower = 0] = RATES_S.map((windowS, at) => {
      let before = this.before[at] ?? 0;
      while (before < arrived && (this.workload.arrivals[before] ?? Infinity) <= nowS - windowS) before += 1;
      this.before[at] = before;
      return (arrived - before) / windowS;
    });
    return { latest, fast, slow, slower };
  }

  private outcomesAt(nowS: number): Outcomes {
    const [succeeded = 0, backend_5xx = 0, timeout = 0, crash = 0] = this.outcomes.map(
      (sum) => sum.at(nowS).count,
    );
    return { succeeded, backend_5xx, timeout, crash, rate_limited: 0, no_backend: 0, job_bug: 0 };
  }

  /** What is configured, until there is one to learn from. */
  private coldStart(): PoolReading['cold_start'] {
    const sorted = [...this.coldStarts].sort((one, other) => one - other);
    const samples = sorted.length;
    if (samples === 0) return { mean_s: this.coldStartS, p90_s: this.coldStartS, samples };
    const mean_s = sorted.reduce((sum, value) => sum + value, 0) / samples;
    return { mean_s, p90_s: sorted[Math.ceil(0.9 * samples) - 1] ?? mean_s, samples };
  }
}
