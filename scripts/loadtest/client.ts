import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { LaunchError } from '../local/launch-error.js';
import type { LoadOptions } from './options.js';

const ANSWER_MS_MAX = 30_000;
const REACHABLE_MS_MAX = 5_000;
const TOPICS = ['cats', 'dogs', 'dragons', 'space', 'magic'] as const;

const generated = z.object({ worker_id: z.string().default('unknown'), backend_id: z.string() });
const refused = z.object({ error: z.object({ code: z.string() }) });
const causeCode = z.object({ cause: z.object({ code: z.string() }) });

/** What became of one request. `ms` is from sending it to the end of its answer. */
export type Answered =
  | { readonly kind: 'generated'; readonly ms: number; readonly workerId: string; readonly backendId: string }
  /** `code` is the API's, or HTTP's status, or what the network said. */
  | { readonly kind: 'failed'; readonly ms: number; readonly code: string };

/** Sends what the original load tester sent. Never rejects. */
export async function sendRequest(options: LoadOptions, userId: string): Promise<Answered> {
  const sent = performance.now();
  const elapsed = (): number => performance.now() - sent;
  try {
    const response = await fetch(`${options.url}/generate`, {
      method: 'POST',
      headers: headersOf(options, userId),
      body: JSON.stringify({
        prompt: `Tell me a story about ${TOPICS[randomInt(TOPICS.length)] ?? 'cats'}`,
        model: options.model,
        max_tokens: options.maxTokens,
        temperature: 0.7,
        user_id: userId,
      }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await response.text();
    const ms = elapsed();
    if (response.status !== 200) return { kind: 'failed', ms, code: codeIn(text, response.status) };
    const { worker_id: workerId, backend_id: backendId } = generated.parse(JSON.parse(text));
    return { kind: 'generated', ms, workerId, backendId };
  } catch (error) {
    return { kind: 'failed', ms: elapsed(), code: troubleOf(error) };
  }
}

/** @throws LaunchError when nobody answers HTTP there. */
export async function checkReachable(url: string): Promise<void> {
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(REACHABLE_MS_MAX) });
    await response.body?.cancel();
  } catch (error) {
    throw new LaunchError(
      `Nothing answers at ${url} (${troubleOf(error)}): start Sluice with npm start, or say where it is with --url.`,
    );
  }
}

function headersOf({ apiKey }: LoadOptions, userId: string): Record<string, string> {
  const key = apiKey === null ? {} : { 'x-api-key': apiKey };
  return { 'content-type': 'application/json', 'x-user-id': userId, ...key };
}

/** A 202 is a failure here: the answer came too late for whoever waited. */
function codeIn(text: string, status: number): string {
  if (status === 202) return '202 (accepted, not answered in time)';
  try {
    return `${status} ${refused.parse(JSON.parse(text)).error.code}`;
  } catch {
    return String(status);
  }
}

function troubleOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  const caused = causeCode.safeParse(error);
  if (caused.success) return caused.data.cause.code;
  return error instanceof z.ZodError || error instanceof SyntaxError ? 'unreadable answer' : 'no connection';
}
