import { z } from 'zod';

/**
 * The tokens of one streamed job: the Redis stream `job:<id>:stream`. An entry's id is `<run>-<seq>`. A run is one attempt
 * of one delivery (`runOf`); within it `seq` counts from 1 without a gap. Runs only grow, and Redis refuses an id that is
 * not greater than the last: a worker whose job was delivered again can add nothing to it, and nothing is added twice. The
 * first entry of a run removes those of earlier ones: nobody needs them any more.
 */
export const runOf = (delivery: number, attempt: number): number => delivery * 100 + attempt;

/** Which delivery a run belongs to. */
export const deliveryOf = (run: number): number => Math.floor(run / 100);

/** How long a stream outlives its job, in milliseconds: so long a caller may come back for what it missed. */
export const STREAM_KEPT_MS = 600_000;

const entryId = z.string().regex(/^\d{1,9}-\d{1,9}$/);

/** Where one entry stands. */
export interface Position {
  readonly run: number;
  readonly seq: number;
}

export const entryOf = ({ run, seq }: Position): string => `${run}-${seq}`;

/** The reverse of `entryOf`, of an id that is one. */
export function positionOf(entry: string): Position {
  const [run = '', seq] = entry.split('-');
  return { run: Number(run), seq: Number(seq) };
}

/** One entry, as JSON in its only field `fields`. `text`: the text that came. */
export const streamEntry = z.object({
  text: z.string(),
  /** Of tasks of shape `wire`: what came, in OpenAI's wire format. */
  chunks: z.array(z.record(z.string(), z.unknown())).optional(),
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
  /** Null: too large to be published; it is to be read. */
  fields: streamEntry.nullable(),
});
export type StreamMessage = z.infer<typeof streamMessage>;

/** Published when a streamed job begins. */
export const beganMessage = z.object({ id: z.string(), began: z.literal(true) });
export type BeganMessage = z.infer<typeof beganMessage>;
