import type { FaultProxy } from '../weather/fault-proxy.js';
import type { Fault } from '../weather/schedule.js';
import type { Weather } from '../weather/weather.js';
import { between, diceFor } from '../seeded.js';
import type { Member } from './member.js';

/** Something that a fault can strike, and that can be healed. */
export interface Target {
  strike(fault: Fault): Promise<void>;
  heal(fault: Fault): Promise<void>;
}

const STOP_GRACE_MS = 45_000;
const RESTARTS_MAX = 5;

const cannot = ({ kind, target }: Fault): never => {
  throw new Error(`${target} knows no ${kind}`);
};

export const memberTarget = (member: Member): Target => ({
  strike: async (fault) => {
    if (fault.kind === 'kill') return member.kill();
    if (fault.kind === 'stop') return member.stop(STOP_GRACE_MS);
    if (fault.kind !== 'freeze') cannot(fault);
    member.freeze();
  },
  heal: async ({ kind }) => {
    if (kind === 'freeze') member.thaw();
    else await member.revive();
  },
});

export interface Store {
  kill(): Promise<void>;
  restart(): Promise<void>;
  freeze?(): Promise<void>;
  thaw?(): Promise<void>;
}

export const storeTarget = (store: Store): Target => ({
  strike: async (fault) => {
    if (fault.kind === 'kill') return store.kill();
    return fault.kind === 'freeze' && store.freeze !== undefined ? store.freeze() : cannot(fault);
  },
  heal: async ({ kind }) => (kind === 'freeze' ? store.thaw?.() : persistently(() => store.restart())),
});

/** On a machine that is starved of processor time, a store may not be ready within its launcher’s patience. */
async function persistently(restart: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await restart();
      return;
    } catch (error) {
      if (tries === RESTARTS_MAX) throw error;
    }
  }
}

export const linkTarget = (link: FaultProxy, seed: number): Target => ({
  strike: async (fault) => {
    if (fault.kind === 'cut') link.cut();
    else link.become(weatherOf(fault, seed));
  },
  heal: async ({ kind }) => {
    if (kind !== 'cut') link.clear();
  },
});

function weatherOf(fault: Fault, seed: number): Weather {
  const dice = diceFor(seed, `${fault.target} ${fault.atMs}`);
  switch (fault.kind) {
    case 'stall':
      return { kind: 'stalled' };
    case 'refuse':
      return { kind: 'refused' };
    case 'slow':
      return {
        kind: 'slow',
        delayMs: between(dice, 20, 250),
        bytesPerSecond: between(dice, 32, 512) * 1_024,
      };
    default:
      return cannot(fault);
  }
}
