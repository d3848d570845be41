import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { LaunchError, messageOf } from './launch-error.js';

const READY_WITHIN_MS = 60_000;
/** The first worker starts only now. */
const WAIT_MS = 60_000;
const ANSWER_WITHIN_MS = WAIT_MS + 5_000;
const ASK_EVERY_MS = 100;

const answer = z.object({
  response: z.string(),
  backend_id: z.string().optional(),
  worker_id: z.string().optional(),
  queue_wait_ms: z.number().optional(),
  processing_time_ms: z.number().optional(),
});

async function readiness(url: string): Promise<{ isReady: boolean; said: string }> {
  try {
    const response = await fetch(`${url}/health/readiness`, { signal: AbortSignal.timeout(2_000) });
    return { isReady: response.status === 200, said: `${response.status} ${await response.text()}` };
  } catch (error) {
    return { isReady: false, said: messageOf(error) };
  }
}

/** Waits until the API answers that it is ready. */
export async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const { isReady, said } = await readiness(url);
    if (isReady) return;
    if (performance.now() > deadline) {
      throw new LaunchError(`The API was not ready within ${READY_WITHIN_MS / 1_000} s: ${said}`);
    }
    await pause(ASK_EVERY_MS, undefined, { signal });
  }
}

const whole = (ms: number | undefined): string => (ms === undefined ? '?' : `${Math.round(ms)} ms`);

/** Sends one prompt through the queue and tells what became of it. A refusal is shown and is no reason to stop. */
export async function firstGeneration(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${url}/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Say hello to the queue.', model: 'sim-fast', timeout_ms: WAIT_MS }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    const text = await response.text();
    if (response.status === 202) return `No worker has answered the first generation yet: ${text}`;
    if (response.status !== 200) return `The first generation was not answered: ${response.status} ${text}`;
    const said = answer.parse(JSON.parse(text));
    const times = `waited ${whole(said.queue_wait_ms)}, worked ${whole(said.processing_time_ms)}`;
    const where = `by ${said.worker_id ?? 'a worker'} on ${said.backend_id ?? 'a backend'}`;
    return `“${said.response.trim()}”\n  ${times}, ${where}`;
  } catch (error) {
    return `The first generation was not answered: ${messageOf(error)}`;
  }
}
