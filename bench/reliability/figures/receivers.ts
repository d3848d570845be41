import { createDice } from '../../../apps/worker/src/backends/simulator/dice.js';
import { type Answer, byKind, call, jobIdOf } from '../caller.js';
import { atLeastPart, exactly, type Figure, type Finding, told } from '../figure.js';
import { FlakyReceiver } from '../flaky-receiver.js';
import { Fleet } from '../fleet.js';
import { until } from '../until.js';

const RECEIVERS = 3;
const EVENTS = 300;
/** A little more than 30 %, because no event is failed more than twice: the third attempt comes after 5 s and 30 s. */
const PLAN = { failures: 0.34, failuresInRowMax: 2 };
const FAILURES_MIN = 0.28;
const ALL_WITHIN_MS = 120_000;
/** Whatever is sent twice after all was delivered shows within this. */
const AFTERGLOW_MS = 8_000;

const post = (url: string, webhookUrl: string): Promise<Answer> =>
  call(`${url}/generate`, {
    json: { model: 'sim-instant', prompt: 'x', mode: 'async', webhook_url: webhookUrl },
  });

async function deliver(fleet: Fleet, receivers: readonly FlakyReceiver[]): Promise<Finding[]> {
  const answers: Answer[] = [];
  for (let number = 0; number < EVENTS; number += 1)
    answers.push(await post(fleet.url(), `http://${receivers[number % RECEIVERS]?.host}/hook`));
  const jobs = answers.map(jobIdOf).filter((id) => id !== '');
  const began = performance.now();
  const knocks = () => receivers.flatMap((receiver) => receiver.knocks);
  const accepted = () =>
    new Set(
      knocks()
        .filter((knock) => knock.isAccepted)
        .map(({ jobId }) => jobId),
    );
  const areAllTold = (): true | null => {
    const those = accepted();
    return jobs.every((id) => those.has(id)) ? true : null;
  };
  await until(areAllTold, { withinMs: ALL_WITHIN_MS });
  const tookMs = performance.now() - began;
  await until(() => null, { withinMs: AFTERGLOW_MS });
  const seen = knocks();
  const idsOf = new Map<string, Set<string>>();
  const bodiesOf = new Map<string, Set<string>>();
  for (const { jobId, webhookId, body } of seen) {
    idsOf.set(jobId, (idsOf.get(jobId) ?? new Set()).add(webhookId));
    bodiesOf.set(jobId, (bodiesOf.get(jobId) ?? new Set()).add(body));
  }
  const failed = seen.filter((knock) => !knock.isAccepted).length;
  const delivered = accepted();
  return [
    exactly(`events of jobs with a webhook_url (${byKind(answers)})`, jobs.length, EVENTS),
    atLeastPart(`of ${seen.length} requests failed by the receivers`, failed / seen.length, FAILURES_MIN),
    exactly('events never delivered', jobs.filter((id) => !delivered.has(id)).length, 0),
    exactly(
      'events under more than one webhook-id',
      [...idsOf.values()].filter((ids) => ids.size > 1).length,
      0,
    ),
    exactly(
      'events under more than one body',
      [...bodiesOf.values()].filter((each) => each.size > 1).length,
      0,
    ),
    exactly(
      'events of jobs that nobody was told are accepted',
      [...idsOf.keys()].filter((id) => !jobs.includes(id)).length,
      0,
    ),
    told('accepted by their receiver more than once', String(seen.length - failed - delivered.size)),
    told('the last was delivered after', `${(tookMs / 1_000).toFixed(0)} s`),
    exactly('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const receivers: Figure = {
  name: 'receivers',
  title: 'Receivers that fail 30 %: every event delivered under one id',
  async measure({ seed, signal }) {
    const flaky = await Promise.all(
      Array.from({ length: RECEIVERS }, (_, number) =>
        FlakyReceiver.start({ ...PLAN, dice: createDice(seed, number) }),
      ),
    );
    try {
      const hosts = flaky.map(({ host }) => host).join(',');
      const fleet = await Fleet.start({ env: { WEBHOOK_ALLOW_HOSTS: hosts }, signal });
      try {
        return await deliver(fleet, flaky);
      } finally {
        await fleet.stop();
      }
    } finally {
      for (const receiver of flaky) receiver.stop();
    }
  },
};
