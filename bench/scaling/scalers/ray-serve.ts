import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';
import { concurrencyOf, currentOf, readyOf, type Scaler, type Terms, type Wish, within } from './scaler.js';

const LOOK_BACK_S = 30;
const UP_DELAY_S = 30;
const DOWN_DELAY_S = 600;
const TARGET_SHARE = 0.7;

/**
 * Ray Serve's replica queue length policy (ray-project/ray: python/ray/serve/autoscaling_policy.py) with its default delays: replicas =
 * ongoing requests, as the mean of 30 s, over the target of a replica, once that has been wanted for 30 s (more) or 600 s (fewer).
 * With no replica, the first request starts one at once. The target is 0.7 of the slots, as for the others.
 */
export class RayServe implements Scaler {
  readonly isWoken = true;
  private samples: { readonly atMs: number; readonly ongoing: number }[] = [];
  private target: number;
  private since: { readonly way: 'up' | 'down'; readonly atMs: number } | null = null;

  constructor(private readonly terms: Terms) {
    this.target = terms.min;
  }

  desire(reading: PoolReading): Wish {
    const ongoing = concurrencyOf(reading);
    if (ongoing === null) return { desired: this.target };
    const nowMs = reading.now_ms;
    this.samples.push({ atMs: nowMs, ongoing });
    this.samples = this.samples.filter(({ atMs }) => atMs > nowMs - LOOK_BACK_S * 1_000);
    if (readyOf(reading) === 0 && (currentOf(reading) ?? 0) === 0)
      this.target = ongoing > 0 ? Math.max(1, this.target) : this.target;
    else this.follow(nowMs);
    return { desired: within(this.terms, this.target) };
  }

  private follow(nowMs: number): void {
    const mean = this.samples.reduce((sum, { ongoing }) => sum + ongoing, 0) / this.samples.length;
    const wanted = within(this.terms, Math.ceil(mean / (TARGET_SHARE * this.terms.slots)));
    const goal = this.target > 1 ? Math.max(1, wanted) : wanted;
    if (goal === this.target) {
      this.since = null;
      return;
    }
    const way = goal > this.target ? 'up' : 'down';
    if (this.since?.way !== way) this.since = { way, atMs: nowMs };
    const delayS = way === 'up' ? UP_DELAY_S : DOWN_DELAY_S;
    if (nowMs - this.since.atMs < delayS * 1_000) return;
    this.since = null;
    this.target = goal;
  }
}
