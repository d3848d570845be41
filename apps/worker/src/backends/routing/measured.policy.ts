/** What a worker learnt of a backend under one model from its own calls. */
export interface Measured {
  /** Peak-EWMA of the time a call takes, in milliseconds; null before the first success. */
  readonly latencyMs: number | null;
  /** EWMA of the share of calls that succeed. */
  readonly success: number;
  /** How many calls at once it takes without getting slower; null before the first success. */
  readonly capacity: number | null;
  /** What a call takes while the backend has room, in milliseconds; null before the first success. */
  readonly baseLatencyMs: number | null;
  readonly updatedMs: number;
}

export interface ObservedCall {
  readonly tookMs: number;
  readonly kind: 'succeeded' | 'failed';
  /** Calls that the fleet had open there when it began, without itself. */
  readonly activeAtStart: number;
  readonly nowMs: number;
}

/** What is known before the first call. */
export const UNMEASURED: Measured = {
  latencyMs: null,
  success: 1,
  capacity: null,
  baseLatencyMs: null,
  updatedMs: 0,
};

export const CAPACITY_MIN = 1;
export const CAPACITY_MAX = 1_000;

/** Time constants, in milliseconds. */
const LATENCY_TAU = 10_000;
const SUCCESS_TAU = 30_000;
const BASE_TAU = 600_000;

/** How much the newest call counts. */
const SUCCESS_STEP = 0.1;
const BASE_STEP = 0.05;
const CAPACITY_STEP = 0.05;
/** A call that took so many times the base was slow, and one that took so small a part of it was quick; between is noise. */
const SLOW = 2;
const QUICK = 0.5;

/** What is thought at a time without calls: a peak of latency wears off, and failures are forgiven. */
export function atNow(measured: Measured, nowMs: number): Measured {
  const { latencyMs, baseLatencyMs, success } = measured;
  const elapsedMs = Math.max(0, nowMs - measured.updatedMs);
  return {
    ...measured,
    latencyMs:
      latencyMs === null || baseLatencyMs === null || latencyMs <= baseLatencyMs
        ? latencyMs
        : towards(latencyMs, baseLatencyMs, weightOf(elapsedMs, LATENCY_TAU)),
    success: towards(success, 1, weightOf(elapsedMs, SUCCESS_TAU)),
    updatedMs: Math.max(measured.updatedMs, nowMs),
  };
}

export function observeCall(measured: Measured, call: ObservedCall): Measured {
  const before = atNow(measured, call.nowMs);
  const success = towards(before.success, call.kind === 'succeeded' ? 1 : 0, SUCCESS_STEP);
  if (call.kind === 'failed') return { ...before, success, latencyMs: afterFailure(before, call) };
  return {
    ...before,
    success,
    latencyMs: peak(measured, call),
    baseLatencyMs: base(measured, call),
    capacity: capacity(measured, call),
  };
}

/** A failure that came fast says nothing of how fast answers come; one that came late does. */
const afterFailure = ({ latencyMs }: Measured, { tookMs }: ObservedCall): number | null =>
  latencyMs === null ? null : Math.max(latencyMs, tookMs);

/** Peak-EWMA, after Finagle's load balancer: up at once, down with time. */
function peak({ latencyMs, updatedMs }: Measured, { tookMs, nowMs }: ObservedCall): number {
  if (latencyMs === null || tookMs > latencyMs) return tookMs;
  return towards(latencyMs, tookMs, weightOf(Math.max(0, nowMs - updatedMs), LATENCY_TAU));
}

/**
 * The mean of calls that began while at most half the capacity was in use. Others may only be queueing: they move it when
 * they were far quicker, and slowly when they go on being slower, since a backend may become slower for good.
 */
function base({ baseLatencyMs, capacity, updatedMs }: Measured, call: ObservedCall): number {
  const { tookMs, activeAtStart, nowMs } = call;
  if (baseLatencyMs === null) return tookMs;
  const hadRoom = activeAtStart + 1 <= Math.max(1, (capacity ?? 0) / 2);
  if (hadRoom || tookMs < baseLatencyMs * QUICK) return towards(baseLatencyMs, tookMs, BASE_STEP);
  if (tookMs < baseLatencyMs) return baseLatencyMs;
  return towards(baseLatencyMs, tookMs, weightOf(Math.max(0, nowMs - updatedMs), BASE_TAU));
}

/**
 * A call that found n others and took L instead of the base L₀ says that (n + 1) · L₀ ÷ L are taken at once: Little's law,
 * and the gradient of Netflix's concurrency-limits and of TCP Vegas (Brakmo and Peterson, 1995). That counts of calls that
 * began with as many as are believed in, or more: up and down. Of those that began with fewer it is only a lower bound,
 * unless they were slow all the same.
 */
function capacity(measured: Measured, { tookMs, activeAtStart }: ObservedCall): number {
  const atOnce = activeAtStart + 1;
  const { capacity: believed, baseLatencyMs } = measured;
  if (believed === null || baseLatencyMs === null) return bounded(atOnce);
  // A call that was quick by chance proves no more than it found, and that is hearsay, a second old at most.
  const sample = atOnce * Math.min(1, baseLatencyMs / Math.max(1, tookMs));
  const isSlow = atOnce > believed / 2 && tookMs > baseLatencyMs * SLOW;
  if (atOnce < believed && !isSlow) return believed;
  return bounded(towards(believed, sample, CAPACITY_STEP));
}

const bounded = (calls: number): number => Math.min(CAPACITY_MAX, Math.max(CAPACITY_MIN, calls));

const towards = (from: number, to: number, weight: number): number => from + (to - from) * weight;

/** How much of a difference is gone after a time, by exponential decay. */
const weightOf = (elapsedMs: number, tauMs: number): number => 1 - Math.exp(-elapsedMs / tauMs);
