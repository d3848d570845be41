import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Screen } from '../local/progress.js';
import { Client } from './client.js';
import { Mix } from './mix.js';
import type { LoadOptions } from './options.js';
import { plannedSeconds } from './plan.js';
import { ProgressBar, type Stand } from './progress-bar.js';
import type { LoadReport } from './report.schema.js';
import { runPlan } from './run-plan.js';
import { RunRecord } from './run-record.js';
import { ms } from './say-figures.js';
import { Sender } from './sender.js';
import { summarize } from './summarize.js';

/** What is drawn for arrivals does not depend on what is drawn for requests. */
const ARRIVALS = 0;
const REQUESTS = 1;

/**
 * Sends what the options say and waits for its answers. The signal ends it early, and what is under way is cut off.
 * @throws LaunchError when nothing answers there.
 */
export async function runTest(
  options: LoadOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<LoadReport> {
  const client = new Client(options);
  try {
    await client.checkReachable();
    return await measure(options, client, { screen, signal });
  } finally {
    await client.stop();
  }
}

async function measure(
  options: LoadOptions,
  client: Client,
  { screen, signal }: { readonly screen: Screen; readonly signal: AbortSignal },
): Promise<LoadReport> {
  const { plan, seed, warmUpMs, objective } = options;
  const beganAt = new Date();
  const record = new RunRecord(performance.now(), warmUpMs, objective);
  const mix = new Mix(options.mix, createDice(seed, REQUESTS));
  const inFlightMax = plan.kind === 'open' ? plan.inFlightMax : Infinity;
  const sender = new Sender({ client, mix, record, inFlightMax });
  const bar = new ProgressBar(screen, () => standOf(options, record, sender));
  const cutOff = (): void => void client.stop();
  signal.addEventListener('abort', cutOff, { once: true });
  try {
    await runPlan(plan, sender, createDice(seed, ARRIVALS), signal);
    const planned = signal.aborted ? null : plannedSeconds(plan);
    record.sendingEndedAt = planned === null ? performance.now() : record.began + planned * 1_000;
    await sender.idle();
    record.endedAt = Math.max(performance.now(), plan.kind === 'open' ? record.sendingEndedAt : 0);
  } finally {
    signal.removeEventListener('abort', cutOff);
    bar.finish();
  }
  return summarize(record, options, { beganAt, isInterrupted: signal.aborted });
}

function standOf({ plan }: LoadOptions, record: RunRecord, { inFlight }: Sender): Stand {
  const seconds = (performance.now() - record.began) / 1_000;
  const { due, succeeded, failed, dropped, latency } = record.all;
  const answered = succeeded + failed;
  const part =
    plan.kind === 'users' ? answered / (plan.users * plan.requestsPerUser) : seconds / plan.profile.seconds;
  const words = [
    `${seconds.toFixed(0)} s`,
    `${due} due`,
    `${answered} answered`,
    `${failed} failed`,
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
    `${inFlight} in flight`,
    `p95 ${ms(latency.percentile(95))}`,
  ];
  return { part, words: words.join(', ') };
}
