import { z } from 'zod';
import { jsonOf } from './json-of.js';

/**
 * The tokens of one streamed job: the Redis stream `job:<id>:stream`. An entry's id is `<run>-<seq>`. A run is one attempt
 * of one delivery (`runOf`); within it `seq` counts from 1 without a gap. Runs only grow, and Redis refuses an id that is
 * not greater than the last: a worker whose job was delivered again can add nothing to it, and nothing is added twice.
 */
export const runOf = (delivery: number, attempt: number): number => delivery * 100 + attempt;

const entryId = z.string().regex(/^\d{1,9}-\d{1,9}$/);

/** One entry. `text`: the text that came. `chunks`: of tasks of shape `wire`, what came as JSON objects in OpenAI's wire format. */
export const streamEntry = z.object({
  text: z.string(),
  chunks: jsonOf(z.array(z.record(z.string(), z.unknown()))).optional(),
  /** Of the first entry of a run: who sends it. */
  backend: z.string().optional(),
  /** Of the first entry of a run: the model that answers. */
  model: z.string().optional(),
});
export type StreamEntry = z.infer<typeof streamEntry>;

/** What is published to whoever follows the job: the entry itself, so that nobody has to read it. */
export const streamMessage = z.object({
  id: z.string(),
  entry: entryId,
  /** The fields of the entry. */
  fields: streamEntry,
});
export type StreamMessage = z.infer<typeof streamMessage>;

/** Published when a streamed job begins. */
export const beganMessage = z.object({ id: z.string(), began: z.literal(true) });
