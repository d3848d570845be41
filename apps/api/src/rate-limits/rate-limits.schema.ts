import { z } from 'zod';
import { RESETTABLE, RULES } from '../admission/admission-terms.policy.js';

export const rateLimitsView = z.object({
  identifier: z.string(),
  tier: z.string(),
  rules: z.array(
    z.object({
      rule: z.enum(RULES),
      strategy: z.enum(['token_bucket', 'sliding_window', 'fixed_window', 'concurrency']),
      limit: z.number().describe('Requests, tokens, jobs or dollars.'),
      window_seconds: z.number().nullable().describe('Null for what is held at once.'),
      burst: z.number().nullable().describe('Size of the token bucket; null for other strategies.'),
      remaining: z.number(),
      reset_seconds: z.number().describe('Until all of it is back, if nothing more is spent; 0 when it is.'),
      shadow: z.boolean().describe('Counted, and refuses nobody.'),
    }),
  ),
});
export type RateLimitsView = z.infer<typeof rateLimitsView>;

export const resetQuery = z.object({
  rule_type: z.enum(RESETTABLE).optional().describe('Only this rule; all of them without it.'),
});
export type ResetQuery = z.infer<typeof resetQuery>;

export const resetAnswer = z.object({ message: z.string() });
export type ResetAnswer = z.infer<typeof resetAnswer>;
