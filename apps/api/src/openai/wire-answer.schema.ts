import { z } from 'zod';

/** An answer as the backend gave it; only what all of them have is named. */
export const wireAnswer = z.looseObject({
  object: z.string(),
  model: z.string(),
  usage: z
    .looseObject({
      prompt_tokens: z.number().int().nonnegative(),
      total_tokens: z.number().int().nonnegative(),
      estimated: z.literal(true).optional().describe('The backend did not count: these are estimates.'),
    })
    .optional(),
});
