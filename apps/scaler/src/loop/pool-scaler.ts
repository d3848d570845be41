import type { Redis } from 'ioredis';
import type { ScalingReport } from '#common/contracts/scaling.js';
import type { Decide, Decided, PoolReading, ScalingConfig } from '../policy/scaling.js';
import type { Budget } from './budget.js';
import { waitObjectiveOf } from '../policy/scaling-config.policy.js';
import { coldStartOf } from './cold-starts.policy.js';
import { crashTrouble, tried } from './crash.policy.js';
import { Drains } from './drains.js';
import { Hands, type HandsParts } from './hands.js';
import { learn, type Learnt } from './learn.policy.js';
import { Look, type Sight } from './look.js';
import { makeReading } from './make-reading.policy.js';
import { NO_STEP, planStep, type Step } from './plan-step.policy.js';
import { PoolGauges } from './pool-gauges.js';
import { PoolLedger } from './pool.ledger.js';
import { type DrainsByInstance, newPoolState, type PoolState } from './pool-state.js';
import { Reconcile, type Task } from './reconcile.js';
import type { Senses } from './senses.js';
import type { Term } from './term.js';

export interface PoolPlan {
  readonly config: ScalingConfig;
  /** Longest that a leaving worker may finish what it runs. */
  readonly drainMsMax: number;
  readonly workerCost: number;
  /** From the start of an instance to its first heartbeat, until one was seen. */
  readonly coldStartS: number;
}

export interface PoolScalerParts extends HandsParts {
  readonly scalerId: string;
  /** A fail-fast connection. */
  readonly redis: Redis;
  readonly plan: PoolPlan;
  readonly senses: Senses;
  readonly decide: Decide;
  readonly budget: Budget;
  readonly log: { append(report: ScalingReport): Promise<void> };
}

/** One pool: look, decide, record, reconcile. One tick at a time. */
export class PoolScaler {
  private readonly gauges: PoolGauges;
  private readonly ledger: PoolLedger;
  private readonly look: Look;
  private readonly reconcile: Reconcile;
  private kept: { readonly epoch: number; readonly state: PoolState } | null = null;
  /** Of the last step. */
  private troubles: readonly string[] = [];

  constructor(private readonly parts: PoolScalerParts) {
    const { pool, metrics, redis, senses, driver, plan } = parts;
    this.gauges = new PoolGauges(pool, metrics, waitObjectiveOf(plan.config));
    this.ledger = new PoolLedger(redis, pool);
    this.look = new Look(pool, senses, driver, this.ledger);
    this.reconcile = new Reconcile({
      ledger: this.ledger,
      drains: new Drains(this.ledger, plan.drainMsMax),
      tickMs: plan.config.tick_s * 1_000,
      spec: () => driver.spec,
    });
  }

  /** Rejects when Redis does not answer where it has to; what was learnt until then is kept. */
  async tick(term: Term): Promise<void> {
    const { config, coldStartS } = this.parts.plan;
    const before = await this.stateIn(term);
    const { mean_s } = coldStartOf(before.cold_starts_s, coldStartS);
    const sight = await this.look.take(mean_s + config.tick_s);
    const drains = drainsInForce(sight.drains, config);
    const { spec } = this.parts.driver;
    const learnt = learn(before, sight, { spec, slots: config.slots, tick_s: config.tick_s, drains });
    const { reading, decided } = this.decide(before, this.reading(sight, learnt));
    const step = this.plan(decided, { learnt, sight, drains });
    const { crashes } = learnt.state;
    const state = {
      ...learnt.state,
      memory: decided.memory,
      crashes: tried(crashes, step.start, sight.now_ms),
    };
    this.kept = { epoch: term.epoch, state };
    const trace = { reading, memory: before.memory, config };
    const report = this.report(term, { sight, learnt, decided, trace });
    this.gauges.show(report, learnt.age_s, reading.cold_start.p90_s);
    this.gauges.countCrashes(learnt.crashed.length);
    if (!(await this.ledger.keep(term, state, report))) return;
    await this.parts.log.append(report);
    if (this.canAct(learnt)) await this.act(term, { step, learnt: { ...learnt, state }, sight, drains });
  }

  /** Another one leads. */
  rest(): void {
    this.gauges.clear();
  }

  /** After another leader may have acted, what Redis holds is the newer. */
  private async stateIn({ epoch }: Term): Promise<PoolState> {
    if (this.kept?.epoch === epoch) return this.kept.state;
    const found = await this.ledger.state();
    const state = found ?? this.kept?.state ?? newPoolState(this.parts.driver.spec);
    // Nobody knows what happened between that leader's last look and our first.
    return { ...state, read_ms: null };
  }

  private canAct({ isWhole }: Learnt): boolean {
    return isWhole && this.parts.plan.config.mode !== 'observe';
  }

  private async act(term: Term, task: Task): Promise<void> {
    const hands = new Hands(term, this.parts);
    const state = await this.reconcile.apply(hands, task);
    this.kept = { epoch: term.epoch, state };
    this.troubles = hands.troubles;
  }

  private plan({ decision }: Decided, { learnt, sight, drains }: Omit<Task, 'step'>): Step {
    if (!this.canAct(learnt)) return NO_STEP;
    const { known, crashes } = learnt.state;
    const instances = learnt.seen.instances ?? [];
    const { max } = this.parts.plan.config;
    return planStep(decision, { now_ms: sight.now_ms, instances, drains, known, crashes, max });
  }

  /** Once without the budget; and again with what it leaves, where that is less than the pool wants. */
  private decide(
    { memory }: PoolState,
    reading: PoolReading,
  ): { readonly reading: PoolReading; readonly decided: Decided } {
    const { decide, plan } = this.parts;
    const alone = decide(reading, memory, plan.config);
    const budget_workers = this.allowance(reading, alone);
    if (budget_workers === null) return { reading, decided: alone };
    const shared = { ...reading, budget_workers };
    return { reading: shared, decided: decide(shared, memory, plan.config) };
  }

  private reading(sight: Sight, { seen, state, age_s }: Learnt): PoolReading {
    const { pool, senses, plan } = this.parts;
    const cold_start = coldStartOf(state.cold_starts_s, plan.coldStartS);
    const leadS = cold_start.p90_s + plan.config.tick_s;
    return makeReading({
      ...sight,
      age_s,
      seen,
      crashes: state.crashes.lately_ms.length,
      cold_start,
      forecast: senses.forecasts.of(pool, leadS, sight.now_ms),
      scheduled_floor: senses.schedules.floorOf(pool, sight.now_ms),
    });
  }

  private allowance(reading: PoolReading, { decision }: Decided): number | null {
    const { pool, plan, budget } = this.parts;
    const { config, workerCost } = plan;
    const service_s = reading.service?.mean_s ?? config.slo.wait_objective_s;
    return budget.allowance({
      pool,
      desired: decision.desired,
      min: config.min,
      cost: workerCost,
      slots: config.slots,
      offered_slots: (reading.arrivals?.slow ?? 0) * service_s,
      service_s,
      wait_objective_s: config.slo.wait_objective_s,
      current: decision.current,
      alive: reading.instances?.length ?? decision.current,
    });
  }

  private report(
    term: Term,
    { sight, learnt, decided, trace }: { sight: Sight; learnt: Learnt; decided: Decided; trace: unknown },
  ): ScalingReport {
    const { pool, scalerId, driver, plan } = this.parts;
    return {
      pool,
      at_ms: sight.now_ms,
      mode: plan.config.mode,
      driver: driver.kind,
      scaler_id: scalerId,
      epoch: term.epoch,
      decision: decided.decision,
      instances: learnt.seen.instances === null ? null : [...learnt.seen.instances],
      foreign: learnt.seen.foreign,
      troubles: [
        ...sight.troubles,
        ...crashTrouble(learnt.state.crashes, sight.now_ms),
        ...new Set(this.troubles),
      ],
      trace,
    };
  }
}

/** Who only observes cordons nobody, so a cordon that was begun ends by itself. */
function drainsInForce(drains: DrainsByInstance, { mode }: ScalingConfig): DrainsByInstance {
  if (mode !== 'observe') return drains;
  return Object.fromEntries(Object.entries(drains).filter(([, { stopped_ms }]) => stopped_ms !== null));
}
