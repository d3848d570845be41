import { z } from 'zod';

/** What a key may do. */
export const SCOPES = ['generate', 'jobs:read', 'jobs:cancel', 'webhooks'] as const;
export type Scope = (typeof SCOPES)[number];

const NAME = /^[\x20-\x7e]+$/;
const PATTERN = /^[\x21-\x7e]+$/;
const DAY_SECONDS = 86_400;

export const newKey = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(NAME, 'must be printable ASCII')
    .describe('For people; need not be unique.'),
  tier: z.string().max(40).default('basic').describe('One of the configured tiers.'),
  tenant: z
    .string()
    .min(1)
    .max(100)
    .regex(PATTERN, 'must be visible ASCII')
    .optional()
    .describe(
      'Keys of one tenant share limits, fair share and jobs; without one a key is a tenant of its own.',
    ),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .default([...SCOPES]),
  models: z
    .array(z.string().min(1).max(100).regex(PATTERN, 'must be visible ASCII'))
    .max(100)
    .default([])
    .describe('Model names or patterns such as gpt-4o*; without any, every model.'),
  expires_at: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) > Date.now(), 'must be in the future')
    .optional(),
  budget_usd_per_day: z.number().positive().max(1_000_000).optional(),
});
export type NewKey = z.infer<typeof newKey>;

export const rotation = z
  .strictObject({
    grace_seconds: z
      .number()
      .int()
      .min(0)
      .max(30 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe('How long the old key goes on working.'),
  })
  .prefault({});
export type Rotation = z.infer<typeof rotation>;

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  tier: z.string(),
  tenant: z.string().nullable(),
  scopes: z.array(z.string()),
  models: z.array(z.string()),
  budget_usd_per_day: z.number().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  previous_until: z.string().nullable().describe('Until when the key before the last rotation works.'),
});
export type KeyView = z.infer<typeof keyView>;

export const createdKey = keyView.extend({ key: z.string().describe('Shown once and stored nowhere.') });
export type CreatedKey = z.infer<typeof createdKey>;

export const keyList = z.object({ keys: z.array(keyView) });
