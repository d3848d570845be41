import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';
import { currentOf, type Scaler, type Terms, type Wish, within } from './scaler.js';

const SYNC_S = 15;
const POLL_S = 30;
const TOLERANCE = 0.1;
const DOWN_STABILISATION_S = 300;
const TO_ZERO_S = 300;
const UP = { pods: 4, share: 1, periodS: 15 } as const;

/** What KEDA offers the autoscaler as an external metric, and how much of it one worker may have. */
export interface KedaMetric {
  readonly per_worker: number;
  readonly of: (queue: NonNullable<PoolReading['queue']>) => number;
}

/** Scales on what waits and runs, at 0.7 of a worker's slots. */
export const kedaOnAll = (slots: number): KedaMetric => ({
  per_worker: 0.7 * slots,
  of: ({ ready, active }) => ready + active,
});

/** Scales on the length of the waiting list, as KEDA's Redis scaler does by default (`listLength` 5). */
export const KEDA_ON_LIST: KedaMetric = { per_worker: 5, of: ({ ready }) => ready };

/**
 * KEDA: between 0 and 1 it decides itself, every 30 s (`pollingInterval`; back to 0 after `cooldownPeriod`, 300 s); from 1 on Kubernetes'
 * horizontal pod autoscaler does, every 15 s on a fresh metric, with its default behaviour: tolerance 10 %, up by at most 4 pods or 100 % in 15 s
 * (the larger), down to the largest recommendation of 300 s (keda.sh/docs/concepts/scaling-deployments, kubernetes.io Horizontal Pod
 * Autoscaling: "Algorithm details" and "Configurable scaling behavior").
 */
export class Keda implements Scaler {
  readonly isWoken = false;
  private desired: number;
  private syncedMs = -Infinity;
  private polledMs = -Infinity;
  private usedMs: number | null = null;
  private recommended: { readonly atMs: number; readonly workers: number }[] = [];
  private raised: { readonly atMs: number; readonly from: number }[] = [];

  constructor(
    private readonly terms: Terms,
    private readonly metric: KedaMetric,
  ) {
    this.desired = terms.min;
  }

  desire(reading: PoolReading): Wish {
    const { now_ms: nowMs, queue } = reading;
    if (queue === null) return { desired: this.desired };
    const value = this.metric.of(queue);
    this.usedMs ??= nowMs;
    if (nowMs - this.polledMs >= POLL_S * 1_000) {
      this.polledMs = nowMs;
      if (value > 0) this.usedMs = nowMs;
      if (value > 0) this.desired = Math.max(1, this.desired);
      else if (nowMs - this.usedMs >= TO_ZERO_S * 1_000) this.desired = this.terms.min;
    }
    if (this.desired > 0 && nowMs - this.syncedMs >= SYNC_S * 1_000) {
      this.syncedMs = nowMs;
      this.desired = this.sync(nowMs, value, currentOf(reading) ?? this.desired);
    }
    return { desired: within(this.terms, this.desired) };
  }

  private sync(nowMs: number, value: number, current: number): number {
    const { per_worker } = this.metric;
    const use = current === 0 ? Infinity : value / (per_worker * current);
    const asked = Math.abs(use - 1) <= TOLERANCE ? current : Math.ceil(value / per_worker);
    const recommended = Math.min(this.terms.max, Math.max(1, this.terms.min, asked));
    this.recommended.push({ atMs: nowMs, workers: recommended });
    this.recommended = this.recommended.filter(({ atMs }) => atMs > nowMs - DOWN_STABILISATION_S * 1_000);
    if (recommended > current) return this.up(nowMs, current, recommended);
    const highest = this.recommended.reduce((most, { workers }) => Math.max(most, workers), 0);
    return Math.max(1, Math.min(current, highest));
  }

  private up(nowMs: number, current: number, recommended: number): number {
    this.raised = this.raised.filter(({ atMs }) => atMs > nowMs - UP.periodS * 1_000);
    const before = this.raised[0]?.from ?? current;
    const most = Math.max(before + UP.pods, before * (1 + UP.share));
    const desired = Math.max(current, Math.min(recommended, most));
    if (desired > current) this.raised.push({ atMs: nowMs, from: current });
    return desired;
  }
}
