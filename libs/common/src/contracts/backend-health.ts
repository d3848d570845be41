import { z } from 'zod';

/** What health checks found of a backend: JSON in its field of `keys.backendHealth`. No field: nobody has looked yet. */
export const backendHealth = z.object({
  is_well: z.boolean(),
  /** Checks in a row that failed. */
  failures: z.number().int().nonnegative(),
  /** Of the last check, in Unix milliseconds by Redis's clock. */
  checked_ms: z.number().nonnegative(),
  /** The models it named when it last did. */
  models: z.array(z.string()),
});
export type BackendHealth = z.infer<typeof backendHealth>;
