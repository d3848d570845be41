import type { Drains } from './drains.js';
import type { Hands } from './hands.js';
import type { Learnt } from './learn.policy.js';
import type { Step } from './plan-step.policy.js';
import type { PoolLedger } from './pool.ledger.js';
import { type DrainsByInstance, type KnownInstances, type PoolState } from './pool-state.js';
import { unknownInstance } from './see-instances.policy.js';
import type { Sight } from './look.js';

const ASLEEP_TICKS = 10;
/** What is left waits for the next tick. */
const FORGOTTEN_AT_ONCE = 8;

export interface ReconcileParts {
  readonly ledger: PoolLedger;
  readonly drains: Drains;
  readonly tickMs: number;
  /** What is started now. */
  readonly spec: () => string;
}

export interface Task {
  readonly step: Step;
  readonly learnt: Learnt;
  readonly sight: Sight;
  readonly drains: DrainsByInstance;
}

/** Takes the fleet to what was decided, and never decides. Answers the state with what it did. Rejects when Redis is away. */
export class Reconcile {
  constructor(private readonly parts: ReconcileParts) {}

  async apply(hands: Hands, { step, learnt, sight, drains }: Task): Promise<PoolState> {
    const { seen, state } = learnt;
    const { now_ms } = sight;
    const listed = sight.listed ?? [];
    const returned = await this.parts.drains.takeBack(hands, drains, step.undrain);
    const staying = Object.entries(drains).filter(([name]) => !returned.includes(name));
    const victims = (seen.instances ?? []).filter(({ name }) => step.drain.includes(name));
    const [started, over] = await Promise.all([
      step.start > 0 ? hands.start(step.start) : [],
      this.drain(
        hands,
        { drains: Object.fromEntries(staying), victims },
        { ...sight, listed, known: state.known },
      ),
      ...seen.dead.map((name) => hands.kill(name)),
    ]);
    const done = listed.filter(
      ({ name, state: is }) => is === 'ended' && state.known[name]?.is_over === true,
    );
    await Promise.all(done.slice(0, FORGOTTEN_AT_ONCE).map(({ name }) => hands.forget(name)));
    await this.sleepOrWake(hands, learnt, started.length + returned.length);
    return { ...state, known: this.marked(state.known, { started, returned, over }, now_ms) };
  }

  private async drain(
    hands: Hands,
    { drains, victims }: { drains: DrainsByInstance; victims: Parameters<Drains['begin']>[2] },
    sight: Parameters<Drains['goOn']>[2],
  ): Promise<readonly string[]> {
    const all = await this.parts.drains.begin(hands, drains, victims, sight.now_ms);
    return this.parts.drains.goOn(hands, all, sight);
  }

  /** A pool is asleep while nobody takes its jobs, or is about to. */
  private async sleepOrWake(hands: Hands, { seen }: Learnt, added: number): Promise<void> {
    const { ledger, tickMs } = this.parts;
    const taking = (seen.instances ?? []).filter(({ state }) => state === 'starting' || state === 'ready');
    if (taking.length + added + seen.foreign.workers > 0) await ledger.awake(hands.term);
    else await ledger.sleep(hands.term, ASLEEP_TICKS * tickMs);
  }

  private marked(
    known: KnownInstances,
    done: { started: readonly string[]; returned: readonly string[]; over: readonly string[] },
    now_ms: number,
  ): PoolState['known'] {
    const before = Object.entries(known).map(([name, one]) => {
      const returned_ms = done.returned.includes(name) ? now_ms : one.returned_ms;
      return [name, { ...one, returned_ms, is_over: one.is_over || done.over.includes(name) }] as const;
    });
    const started = done.started.map((name) => [name, unknownInstance(this.parts.spec(), now_ms)] as const);
    return Object.fromEntries([...started, ...before]);
  }
}
