import { z } from 'zod';

/** What several parts of the configuration are made of. */
export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'use lower-case letters, digits and hyphens, 40 characters at most');
export const count = z.number().int().positive();

/** The characters that a request's `model` may have. PostgreSQL could not keep some of the others. */
export const modelName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\x21-\x7e]+$/, 'use visible ASCII characters');

/** A model name, or a beginning followed by `*`. */
export const modelPattern = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\x21-\x29\x2b-\x7e]*\*?$/, 'use visible ASCII characters; a * may stand only at the end');

export const price = z.strictObject({
  input_usd_per_million: z.number().nonnegative(),
  output_usd_per_million: z.number().nonnegative(),
});
export type PriceConfig = z.infer<typeof price>;
