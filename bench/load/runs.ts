import { z } from 'zod';

/** `reference` is `sync` of another build. */
export const MODES = ['floor', 'reference', 'sync', 'async'] as const;
export type Mode = (typeof MODES)[number];

/** One run of a load generator: it ends after so many seconds or requests, when the last one is answered. */
export const runOrder = z.object({
  mode: z.enum(MODES),
  concurrency: z.number(),
  until: z.union([z.object({ seconds: z.number() }), z.object({ requests: z.number() })]),
});
export type RunOrder = z.infer<typeof runOrder>;

/** What a run measured. Failures are counted by what was answered instead. */
export const sample = z.object({
  latenciesMs: z.array(z.number()),
  failures: z.record(z.string(), z.number()),
  elapsedMs: z.number(),
});
export type Sample = z.infer<typeof sample>;
