import { shareOverWait } from './erlang.policy.js';

/** A pool that competes for the budget. */
export interface BudgetPool {
  readonly pool: string;
  /** Workers it wants, and those it gets in any case. */
  readonly desired: number;
  readonly min: number;
  /** What one of its workers costs. */
  readonly cost: number;
  readonly slots: number;
  readonly offered_slots: number;
  readonly service_s: number;
  readonly wait_objective_s: number;
}

/**
 * Divides a budget that does not give every pool what it wants: one worker at a time to the pool in which it lowers the
 * predicted share of jobs that wait too long the most per unit of cost. Answers workers by pool; nobody gets less than `min`.
 */
export function shareBudget(pools: readonly BudgetPool[], budget: number): Record<string, number> {
  const given = new Map(pools.map(({ pool, min, desired }) => [pool, Math.min(min, desired)]));
  const workersOf = ({ pool }: BudgetPool): number => given.get(pool) ?? 0;
  let left = budget - pools.reduce((sum, each) => sum + workersOf(each) * each.cost, 0);
  for (;;) {
    const best = pools
      .filter((each) => each.cost <= left && workersOf(each) < each.desired)
      .map((each) => ({ each, worth: worthOfOneMore(each, workersOf(each)) }))
      .sort((one, other) => other.worth - one.worth || (one.each.pool < other.each.pool ? -1 : 1))[0];
    if (best === undefined) return Object.fromEntries(given);
    given.set(best.each.pool, workersOf(best.each) + 1);
    left -= best.each.cost;
  }
}

const worthOfOneMore = (pool: BudgetPool, workers: number): number =>
  (pressure(pool, workers) - pressure(pool, workers + 1)) / pool.cost;

/** P(wait > T); above 1 by the missing part of the load where the load is not sustained, so that every worker counts. */
function pressure(
  { slots, offered_slots, service_s, wait_objective_s }: BudgetPool,
  workers: number,
): number {
  const all = workers * slots;
  if (offered_slots > 0 && all <= offered_slots) return 1 + (offered_slots - all) / offered_slots;
  return shareOverWait(all, { offered: offered_slots, service_s, scv: 1 }, wait_objective_s);
}
