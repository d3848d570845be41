import { z } from 'zod';

const CHARACTERS_MAX = 400_000;
const TOKENS_MAX = 1_000_000;
const CHOICES_MAX = 4;
const INPUTS_MAX = 2_048;

const model = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters');
const choices = (max: number) => z.number().int().min(1).max(max).nullish();
const tokens = (min: number) => z.number().int().min(min).max(TOKENS_MAX).nullish();
const name = z.string().max(512).nullish();

/** Of what every route takes only these fields are looked at; all others go to the backend as they came. */
const common = {
  model,
  user: name.describe('Your name for the end user; passed on to the backend.'),
  prompt_cache_key: name.describe(
    'Jobs with the same key go to the same backend where its strategy is sticky.',
  ),
};

const generating = {
  ...common,
  n: choices(CHOICES_MAX),
  temperature: z.number().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
};

const message = z.looseObject({ role: z.string().min(1).max(100) });

/** Characters of text in a message: its content, or its text parts. Images and audio are no text. */
function charactersOf({ content }: z.infer<typeof message>): number {
  if (typeof content === 'string') return content.length;
  if (!Array.isArray(content)) return 0;
  return content.reduce<number>((sum, part: unknown) => sum + textOf(part).length, 0);
}

function textOf(part: unknown): string {
  if (typeof part !== 'object' || part === null || !('text' in part)) return '';
  return typeof part.text === 'string' ? part.text : '';
}

/** The body of `POST /v1/chat/completions` (OpenAI's API reference, "Create chat completion"). */
export const chatRequest = z
  .looseObject({
    ...generating,
    messages: z.array(message).min(1).max(256),
    max_tokens: tokens(1),
    max_completion_tokens: tokens(1),
  })
  .refine(({ messages }) => messages.reduce((sum, one) => sum + charactersOf(one), 0) <= CHARACTERS_MAX, {
    message: `holds more than ${CHARACTERS_MAX} characters in all`,
    path: ['messages'],
  })
  .meta({ example: { model: 'sim-fast', messages: [{ role: 'user', content: 'Why do queues help?' }] } });
export type ChatRequest = z.infer<typeof chatRequest>;

/** A text, several, the token ids of one, or those of several. */
const texts = z.union(
  [
    z.string().min(1),
    z.array(z.string()).min(1).max(INPUTS_MAX),
    z.array(z.number().int().nonnegative()).min(1),
    z.array(z.array(z.number().int().nonnegative()).min(1)).min(1).max(INPUTS_MAX),
  ],
  'must be a text, an array of texts, or token ids',
);
export type Texts = z.infer<typeof texts>;

function isBounded(input: Texts): boolean {
  if (typeof input === 'string') return input.length <= CHARACTERS_MAX;
  const parts = input.map((part) => (typeof part === 'number' ? 1 : part.length));
  return parts.reduce((sum, length) => sum + length, 0) <= CHARACTERS_MAX;
}
const boundedTexts = texts.refine(isBounded, `holds more than ${CHARACTERS_MAX} characters in all`);

/** The body of `POST /v1/completions` (OpenAI's API reference, "Create completion"). */
export const completionRequest = z
  .looseObject({ ...generating, prompt: boundedTexts, max_tokens: tokens(0), best_of: choices(20) })
  .meta({ example: { model: 'sim-fast', prompt: 'Queues help because', max_tokens: 32 } });
export type CompletionRequest = z.infer<typeof completionRequest>;

/** The body of `POST /v1/embeddings` (OpenAI's API reference, "Create embeddings"). */
export const embeddingRequest = z
  .looseObject({ ...common, input: boundedTexts })
  .meta({ example: { model: 'sim-fast', input: 'Why do queues help?' } });
export type EmbeddingRequest = z.infer<typeof embeddingRequest>;
