import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Answer } from './answer.js';
import { evenArrivals, pace, pausedFor, poissonArrivals } from './arrivals.js';
import type { LoadPlan, UsersPlan } from './plan.js';
import type { RateProfile } from './rate-profile.js';
import type { Sender } from './sender.js';

const LOOK_AGAIN_MS = 50;

type Send = Pick<Sender, 'send'>;

/** Sends what the plan says, until it says no more or the signal does. What is under way then is not waited for. */
export async function runPlan(plan: LoadPlan, sender: Send, dice: Dice, signal: AbortSignal): Promise<void> {
  if (plan.kind === 'users') await runUsers(plan, sender, signal);
  else if (plan.kind === 'closed') await runCallers(plan.profile, plan.users, sender, signal);
  else {
    const dues =
      plan.arrivals === 'uniform' ? evenArrivals(plan.profile) : poissonArrivals(plan.profile, dice);
    await pace(dues, (dueAt) => void sender.send(dueAt), signal);
  }
}

/** All users at once, each sending on time whether or not its earlier requests were answered. */
async function runUsers(plan: UsersPlan, sender: Send, signal: AbortSignal): Promise<void> {
  const { users, requestsPerUser, delaySeconds } = plan;
  const dues = Array.from({ length: requestsPerUser }, (_, request) => request * delaySeconds * 1_000);
  const run = (user: number): Promise<void> =>
    pace(dues, (dueAt) => void sender.send(dueAt, `test_user_${user}`), signal);
  await Promise.all(Array.from({ length: users }, (_, user) => run(user)));
}

/** As many callers as the profile says at the time; each sends when it is answered. */
async function runCallers(
  profile: RateProfile,
  callers: number,
  sender: Send,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const elapsedS = (): number => (performance.now() - began) / 1_000;
  const run = async (caller: number): Promise<void> => {
    while (!signal.aborted && elapsedS() < profile.seconds) {
      const isWanted = Math.round(profile.at(elapsedS())) > caller;
      const answer = isWanted ? await sender.send(performance.now(), `test_user_${caller}`) : null;
      // A server that is not there would be asked as fast as this machine can.
      if (answer === null || isWithoutServer(answer)) await pausedFor(LOOK_AGAIN_MS, signal);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => run(caller)));
}

const isWithoutServer = ({ outcome }: Answer): boolean =>
  outcome.kind === 'failed' && outcome.status === 'no connection';
