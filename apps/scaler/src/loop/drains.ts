import type { SeenInstance } from '#common/contracts/scaling.js';
import type { DrivenInstance } from '../drivers/driver.js';
import { judgeDrain } from './drain.policy.js';
import type { Hands } from './hands.js';
import type { PoolLedger } from './pool.ledger.js';
import type { Drain, DrainsByInstance, KnownInstances } from './pool-state.js';

export interface DrainsSight {
  readonly now_ms: number;
  readonly listed: readonly DrivenInstance[];
  readonly known: KnownInstances;
}

/**
 * Workers on their way out: cordoned until they are idle, then asked to end, then ended. What is written down comes before what is
 * done, in Redis, so that another scaler goes on with it and nobody is asked to end twice.
 */
export class Drains {
  constructor(
    private readonly ledger: PoolLedger,
    private readonly drainMsMax: number,
  ) {}

  /** Answers the drains there are now: those before, and new ones of these instances. */
  async begin(
    hands: Hands,
    drains: DrainsByInstance,
    victims: readonly SeenInstance[],
    now_ms: number,
  ): Promise<DrainsByInstance> {
    const begun: Record<string, Drain> = { ...drains };
    for (const { name, worker_id } of victims) {
      const drain = {
        worker_id,
        since_ms: now_ms,
        deadline_ms: now_ms + this.drainMsMax,
        stopped_ms: null,
      };
      if (await this.ledger.keepDrain(hands.term, name, drain)) begun[name] = drain;
    }
    return begun;
  }

  /** Lets them take jobs again. Answers those that may. */
  async takeBack(
    hands: Hands,
    drains: DrainsByInstance,
    names: readonly string[],
  ): Promise<readonly string[]> {
    const returned: string[] = [];
    for (const name of names) {
      if (!(await this.ledger.endDrain(hands.term, name))) continue;
      returned.push(name);
      const workerId = drains[name]?.worker_id ?? null;
      if (workerId !== null) await hands.uncordon(workerId);
    }
    return returned;
  }

  /** Takes each drain its next step. Answers those that are over. */
  async goOn(hands: Hands, drains: DrainsByInstance, sight: DrainsSight): Promise<readonly string[]> {
    const over = await Promise.all(
      Object.entries(drains).map(async ([name, drain]) =>
        (await this.step(hands, { name, drain }, sight)) ? [name] : [],
      ),
    );
    return over.flat();
  }

  private async step(
    hands: Hands,
    { name, drain }: { name: string; drain: Drain },
    { now_ms, listed, known }: DrainsSight,
  ): Promise<boolean> {
    const one = known[name];
    const state = listed.find((instance) => instance.name === name)?.state ?? 'absent';
    switch (judgeDrain(drain, { now_ms, listed: state, known: one })) {
      case 'cordon': {
        const workerId = one?.worker_id ?? null;
        if (workerId !== null) await hands.cordon(workerId);
        return false;
      }
      case 'stop':
        await this.stop(hands, { name, drain }, now_ms);
        return false;
      case 'leaves':
        await this.ledger.keepDrain(hands.term, name, { ...drain, stopped_ms: now_ms });
        return false;
      case 'untold':
        await this.ledger.keepDrain(hands.term, name, { ...drain, stopped_ms: null });
        return false;
      case 'kill':
        await hands.kill(name);
        return false;
      case 'over':
        return this.ledger.endDrain(hands.term, name);
      case 'wait':
        return false;
    }
  }

  private async stop(hands: Hands, { name, drain }: { name: string; drain: Drain }, now_ms: number) {
    if (!(await this.ledger.keepDrain(hands.term, name, { ...drain, stopped_ms: now_ms }))) return;
    if (!(await hands.stop(name))) await this.ledger.keepDrain(hands.term, name, drain);
  }
}
