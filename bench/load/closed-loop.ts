import type { RunOrder, Sample } from './runs.js';

/** Sends one request; answers null, or what went wrong. */
export type Request = () => Promise<string | null>;

/** Every requester sends its next request as soon as the last one is answered. */
export async function closedLoop(requesters: readonly Request[], until: RunOrder['until']): Promise<Sample> {
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  const began = performance.now();
  const deadline = 'seconds' in until ? began + until.seconds * 1_000 : Infinity;
  let left = 'requests' in until ? until.requests : Infinity;
  const loop = async (request: Request): Promise<void> => {
    while (left > 0 && performance.now() < deadline) {
      left -= 1;
      const sent = performance.now();
      const failure = await request();
      if (failure === null) latenciesMs.push(performance.now() - sent);
      else failures[failure] = (failures[failure] ?? 0) + 1;
    }
  };
  await Promise.all(requesters.map(loop));
  return { latenciesMs, failures, elapsedMs: performance.now() - began };
}
