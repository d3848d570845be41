import { z } from 'zod';

/** A model in OpenAI's wire format. */
export const wireModel = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number().int().describe('Unix seconds; 0, because nobody knows it.'),
  owned_by: z.string().describe('The backend that serves it.'),
});
export type WireModel = z.infer<typeof wireModel>;

export const modelList = z.object({ object: z.literal('list'), data: z.array(wireModel) });
export type ModelList = z.infer<typeof modelList>;
