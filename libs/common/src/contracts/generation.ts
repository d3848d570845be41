import { z } from 'zod';

export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The routes of OpenAI's API that a backend is asked on. */
export const ENDPOINTS = ['chat', 'completions', 'embeddings'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** What a job asks of a backend. The queue's payload is the only place where a prompt is kept. */
export const generationTask = z.object({
  endpoint: z.enum(ENDPOINTS),
  model: z.string(),
  /** What the backend is sent, in OpenAI's wire format, without `model`, `stream` and `stream_options`. */
  body: z.record(z.string(), z.unknown()),
  /** Estimated tokens of the input: what admission reserves, and what is told where the backend counts nothing. */
  input_tokens: z.number().int().nonnegative(),
  /** Most tokens of output, over all choices: what admission reserves. */
  max_tokens: z.number().int().nonnegative(),
  /** Whether tokens are told as they come (contracts/job-stream.ts). */
  is_streamed: z.boolean(),
  /** `text`: of the answer only its text is kept. `wire`: all of it, as the backend gave it. */
  shape: z.enum(['text', 'wire']),
  /** Jobs with the same key go to the same backend, as long as it can take them (strategy `sticky`). */
  route_key: z.string().optional(),
});
export type GenerationTask = z.infer<typeof generationTask>;

/** One entry of a pool's queue. `trace`: the span that queued it, as W3C's traceparent. */
export const queuedGeneration = z.object({
  tenant: z.string(),
  task: generationTask,
  trace: z.string().optional().catch(undefined),
});
export type QueuedGeneration = z.infer<typeof queuedGeneration>;

export const usage = z.object({
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  /** The backend did not count: these are estimates. */
  estimated: z.literal(true).optional(),
});
export type Usage = z.infer<typeof usage>;

/** A finished generation as a backend gave it. */
export interface Answer {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: Usage;
  /** What the backend calls the model that answered, where it does. */
  readonly model?: string;
  /** The answer in OpenAI's wire format: of tasks of shape `wire` that were not streamed. */
  readonly body?: Readonly<Record<string, unknown>>;
}
