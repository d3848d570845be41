import { z } from 'zod';
import { digest } from './digest.js';

const count = z.number().int().nonnegative();

/** Calls of one slice of Redis's clock; `at` is the slice's number since 1970. */
export const circuitSlice = z.object({ at: z.number().int(), succeeded: count, failed: count });
export type CircuitSlice = z.infer<typeof circuitSlice>;

/** Times in Unix milliseconds by Redis's clock. `openings` counts in a row, without a success between them. */
export const circuitState = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('closed'),
    slices: z.array(circuitSlice),
    /** Connection errors in a row. */
    streak: count,
  }),
  z.object({
    kind: z.literal('open'),
    openings: count,
    since_ms: z.number(),
    /** From then on one call may find out whether the backend is back. */
    until_ms: z.number(),
    /** Whose probe has not ended in time: its success still counts when it comes. */
    lapsed: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('half-open'),
    openings: count,
    probe: z.object({ by: z.string(), until_ms: z.number() }),
  }),
]);
export type CircuitState = z.infer<typeof circuitState>;

/** The circuit of a backend under one model: JSON in a field of `keys.circuits` and on `channels.circuits`. */
export const circuit = z.object({
  backend: z.string(),
  model: z.string(),
  /** Grows with every write, also over removals. */
  version: z.number().int().nonnegative(),
  state: circuitState,
});
export type Circuit = z.infer<typeof circuit>;

/** The field of `keys.circuits`. Circuits without a failure in their window have none. */
export const circuitField = (backend: string, model: string): string => `${backend} ${digest(model, 16)}`;
