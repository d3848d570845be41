import { z } from 'zod';
import { SCOPES } from '../identity/api-keys.schema.js';
import type { Identity } from '../identity/identity.js';

/** Who made a batch, as its row keeps it: its lines are admitted as theirs, by the limits of that moment. */
export const batchCaller: z.ZodType<Identity> = z.object({
  kind: z.enum(['key', 'user', 'ip']),
  clientId: z.string(),
  tenant: z.string(),
  tier: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  models: z.array(z.string()),
  keyBudget: z.object({ keyId: z.string(), usdPerDay: z.number() }).nullable(),
});
