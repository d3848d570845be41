import { z } from 'zod';

export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What a job asks of a backend. The queue's payload is the only place where a prompt is kept. */
export const generationTask = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.string() })),
  max_tokens: z.number().int(),
  temperature: z.number(),
  /** The caller’s own name for its end user; passed on to the backend. */
  user: z.string().optional(),
});
export type GenerationTask = z.infer<typeof generationTask>;

/** One entry of a pool's queue. */
export const queuedGeneration = z.object({ tenant: z.string(), task: generationTask });
export type QueuedGeneration = z.infer<typeof queuedGeneration>;

export const usage = z.object({
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
});
export type Usage = z.infer<typeof usage>;

/** A finished generation as a backend gave it. */
export interface Answer {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: Usage;
}
