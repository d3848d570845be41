import { z } from 'zod';
import type { RequestPlan } from './request-plan.js';
import type { Told } from './ledger.js';

export const errorAnswer = z.looseObject({
  error: z.looseObject({ code: z.string().nullish(), job_id: z.string().optional() }),
});
export const nativeAnswer = z.looseObject({ response: z.string(), job_id: z.string() });
export const acceptedAnswer = z.looseObject({ job_id: z.string() });
export const chatAnswer = z.looseObject({
  choices: z.array(z.looseObject({ message: z.looseObject({ content: z.string().nullable() }) })).min(1),
});
export const chatChunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }) })),
});
export const token = z.looseObject({ text: z.string() });

export interface Wire {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const MODEL = 'chaos-model';

/** The same bytes for every try of a request. */
export function wireOf(plan: RequestPlan, hookUrl: string | null): Wire {
  const { marker, mode, idempotencyKey, priority, timeoutMs } = plan;
  const headers = {
    'content-type': 'application/json',
    'x-user-id': plan.user,
    // Kept in the job's record and its row, so that jobs nobody was told of are found by it.
    'x-request-id': marker,
    ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
  };
  const prompt = `Say ${marker} again.`;
  if (mode === 'chat' || mode === 'chat-stream') {
    const chat = {
      model: MODEL,
      messages: [{ role: 'user', content: prompt }],
      stream: mode === 'chat-stream',
    };
    return { path: '/v1/chat/completions', headers, body: JSON.stringify(chat) };
  }
  const native = {
    prompt,
    model: MODEL,
    priority,
    ...(mode === 'stream' ? { stream: true } : { mode }),
    ...(timeoutMs === null ? {} : { timeout_ms: timeoutMs }),
    ...(hookUrl === null ? {} : { webhook_url: hookUrl }),
  };
  return { path: '/generate', headers, body: JSON.stringify(native) };
}

export const jobIdIn = (response: Response): string | null => response.headers.get('x-sluice-job-id');

/** What an answer that is none of 2xx says. */
export function refusedBy(status: number, text: string, headerId: string | null): Told {
  const parsed = errorAnswer.safeParse(safeJson(text));
  if (!parsed.success)
    return { kind: 'unknown', jobId: headerId, because: `status ${status} without an error` };
  const { code, job_id } = parsed.data.error;
  const jobId = job_id ?? headerId;
  const said = { status, code: code ?? 'none' };
  // It names a job that was taken back: nothing was accepted.
  if (code === 'dependency_unavailable') return { kind: 'refused', ...said };
  return jobId === null ? { kind: 'refused', ...said } : { kind: 'ended', jobId, ...said };
}

export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
