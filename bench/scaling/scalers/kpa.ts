import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';
import { concurrencyOf, readyOf, type Scaler, type Terms, type Wish, within } from './scaler.js';

const STABLE_S = 60;
const PANIC_S = 6;
const PANIC_THRESHOLD = 2;
const TARGET_UTILISATION = 0.7;
const UP_RATE = 1_000;
const DOWN_RATE = 2;
const TO_ZERO_GRACE_S = 30;

/**
 * Knative's pod autoscaler with its defaults (knative/serving: pkg/autoscaler/scaling/autoscaler.go, `Scale`, and
 * config/core/configmaps/autoscaler.yaml): mean concurrency over 60 s and, in panic, over 6 s, at 70 % of a pod's slots. Concurrency is what
 * waits (as with its activator) and what runs. The last pod goes 30 s after nothing is wanted (`scale-to-zero-grace-period`).
 */
export class Kpa implements Scaler {
  readonly isWoken = true;
  private samples: { readonly atMs: number; readonly concurrency: number }[] = [];
  private panicMs: number | null = null;
  private panicMost = 0;
  private emptySinceMs: number | null = null;
  private last: number;

  constructor(private readonly terms: Terms) {
    this.last = terms.min;
  }

  desire(reading: PoolReading): Wish {
    const concurrency = concurrencyOf(reading);
    if (concurrency === null) return { desired: this.last };
    const nowMs = reading.now_ms;
    this.samples.push({ atMs: nowMs, concurrency });
    this.samples = this.samples.filter(({ atMs }) => atMs > nowMs - STABLE_S * 1_000);
    this.last = within(this.terms, this.withGrace(this.scale(nowMs, readyOf(reading)), nowMs));
    return { desired: this.last };
  }

  private scale(nowMs: number, readyPods: number): number {
    const ready = Math.max(1, readyPods);
    const target = TARGET_UTILISATION * this.terms.slots;
    const [stable, panic] = [STABLE_S, PANIC_S].map((windowS) =>
      Math.ceil(this.mean(nowMs - windowS * 1_000) / target),
    );
    const most = Math.ceil(UP_RATE * ready);
    const least = Math.floor(ready / DOWN_RATE);
    const clamped = (pods = 0): number => Math.min(Math.max(pods, least), most);
    const isOver = (panic ?? 0) / ready >= PANIC_THRESHOLD;
    if (isOver) this.panicMs = nowMs;
    else if (this.panicMs !== null && this.panicMs + STABLE_S * 1_000 < nowMs) {
      this.panicMs = null;
      this.panicMost = 0;
    }
    if (this.panicMs === null) return clamped(stable);
    this.panicMost = Math.max(this.panicMost, clamped(stable), clamped(panic));
    return this.panicMost;
  }

  private mean(afterMs: number): number {
    const within = this.samples.filter(({ atMs }) => atMs > afterMs);
    const sum = within.reduce((total, { concurrency }) => total + concurrency, 0);
    return sum / Math.max(1, within.length);
  }

  private withGrace(desired: number, nowMs: number): number {
    if (desired > 0) {
      this.emptySinceMs = null;
      return desired;
    }
    this.emptySinceMs ??= nowMs;
    return this.last > 0 && nowMs - this.emptySinceMs < TO_ZERO_GRACE_S * 1_000 ? 1 : 0;
  }
}
