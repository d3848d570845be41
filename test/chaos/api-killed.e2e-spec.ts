import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const CALLERS = 200;

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ apis: 2, workers: 1, isTelling: true, env: { WORKER_SLOTS: '50' } });
});
afterAll(() => stack.stop());

/** Which jobs were accepted before the API vanished, and how many callers never had an answer. */
async function submitUntilKilled(): Promise<{ accepted: string[]; unanswered: number }> {
  const [victim] = stack.apis;
  if (victim === undefined) throw new Error('no API');
  const accepted: string[] = [];
  let unanswered = 0;
  const killed: Promise<void>[] = [];
  const caller = async (): Promise<void> => {
    for (;;) {
      const answer = await generate(stack.url(0), { prompt: 'x', model: 'sim-instant', mode: 'async' }).catch(
        () => null,
      );
      if (answer === null) {
        unanswered++;
        return;
      }
      // Two hundred callers can silence Redis for longer than a request waits for it: nothing was accepted, and they ask again.
      if (answer.status === 503) continue;
      expect(answer.status).toBe(202);
      accepted.push(String(answer.body['job_id']));
      if (accepted.length === 2 * CALLERS) killed.push(victim.kill());
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await Promise.all(killed);
  return { accepted, unanswered };
}

describe('an API killed with 200 submissions in flight', () => {
  it('has every job it accepted completed once, and whatever it never answered holds nothing', async () => {
    const { accepted, unanswered } = await submitUntilKilled();
    expect(unanswered).toBe(CALLERS);
    expect((await generate(stack.url(1), { prompt: 'x', model: 'sim-instant' })).status).toBe(200);

    const rows = await eventually(
      'a row for each accepted job',
      async () => {
        const found = await stack.rows('job_id = ANY($1)', [accepted]);
        return found !== null && found.length >= accepted.length ? found : null;
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    expect(rows.map((row) => row['job_id']).sort()).toEqual([...accepted].sort());
    expect(new Set(rows.map((row) => row['status']))).toEqual(new Set(['completed']));

    const look = stack.look();
    await eventually(
      'all leases to be free',
      async () => {
        const leases = [
          ...(await look.keys('{sluice}:tenant:*:in-flight')),
          ...(await look.keys('{sluice}:*:*:queued')),
        ];
        return (await look.zcard('{sluice}:unsettled')) + leases.length === 0 ? true : null;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    // One row for each job that was ever admitted, answered or not.
    const records = (await look.keys('{sluice}:job:*')).map((key) => key.replace('{sluice}:job:', ''));
    const jobs = await eventually('a row for each job', async () => {
      const found = await stack.rows();
      return found !== null && found.length >= records.length ? found : null;
    });
    expect(jobs.map((row) => row['job_id']).sort()).toEqual(records.sort());
    look.disconnect();
  });
});
