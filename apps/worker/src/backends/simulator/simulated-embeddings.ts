import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome } from '../backend.js';
import { createDice, normalDeviate } from './dice.js';

const DIMENSIONS = 16;
/** Numbers in one answer: with more, it would be longer than an answer may be. */
const NUMBERS_MAX = 131_072;

const asked = z.object({
  input: z.union([z.string(), z.array(z.unknown()).min(1)]),
  dimensions: z.number().int().positive().nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

/** One vector for every text, in OpenAI's wire format. The same text always has the same. */
export function simulatedEmbeddings({ body, model, input_tokens }: GenerationTask): CallOutcome {
  const parsed = asked.safeParse(body);
  if (!parsed.success) return refused('input, dimensions or encoding_format is not valid.');
  const inputs = inputsOf(parsed.data.input);
  const dimensions = parsed.data.dimensions ?? DIMENSIONS;
  if (inputs.length * dimensions > NUMBERS_MAX) {
    return refused(`The simulator embeds no more than ${String(NUMBERS_MAX)} numbers at once.`);
  }
  const isBase64 = parsed.data.encoding_format === 'base64';
  const data = inputs.map((input, index) => {
    const vector = unitVector(input, dimensions);
    return { object: 'embedding', index, embedding: isBase64 ? base64Of(vector) : Array.from(vector) };
  });
  const usage = { prompt_tokens: input_tokens, total_tokens: input_tokens };
  return {
    kind: 'completed',
    answer: {
      text: '',
      finishReason: 'stop',
      usage: { input_tokens, output_tokens: 0 },
      body: { object: 'list', data, model, usage },
    },
  };
}

/** A text or a list of token ids is one input; a list of these are many. */
function inputsOf(input: string | readonly unknown[]): string[] {
  if (typeof input === 'string') return [input];
  if (typeof input[0] === 'number') return [JSON.stringify(input)];
  return input.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
}

/** Uniform on the unit sphere: normal deviates, divided by their length (Muller, 1959). */
function unitVector(text: string, dimensions: number): Float32Array {
  const seed = createHash('sha256').update(text).digest().readInt32LE();
  const dice = createDice(seed, dimensions);
  const deviates = Array.from({ length: dimensions }, () => normalDeviate(dice));
  const length = Math.sqrt(deviates.reduce((sum, deviate) => sum + deviate ** 2, 0)) || 1;
  return Float32Array.from(deviates, (deviate) => deviate / length);
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  vector.forEach((number, at) => bytes.writeFloatLE(number, 4 * at));
  return bytes.toString('base64');
}

function refused(message: string): CallOutcome {
  const refusal = {
    status: 400,
    message,
    type: 'invalid_request_error',
    code: 'invalid_value',
    param: 'input',
  };
  return { kind: 'refused', status: 400, refusal };
}
