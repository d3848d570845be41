import { z } from 'zod';
import type { Answer, GenerationTask, Usage } from '#common/contracts/generation.js';
import type { CallOutcome, Garbled } from '../backend.js';
import { modelSaid } from './model-said.js';
import { redactText, redactWire, type Secret } from './redact-key.js';
import { countedUsage, estimatedUsage, wireUsage } from './tokens-used.js';
import { finishReason, hasError, isWire, parseJson, said, type Said, type Wire, writtenIn } from './wire.js';

const garbled = (because: Garbled): CallOutcome => ({ kind: 'garbled', because });

/** What a whole answer with a status of success says. Tokens that it did not count are estimated. */
export function judgeAnswer(text: string, task: GenerationTask, secret: Secret): CallOutcome {
  if (text.trim() === '') return garbled('empty');
  const body = parseJson(text);
  if (body === undefined) return garbled('not-json');
  if (!isWire(body)) return garbled('no-generation');
  if (hasError(body)) return garbled('error-object');
  const generated = GENERATED[task.endpoint](body);
  if (generated === null) return garbled('no-generation');
  const counted = countedUsage(body['usage']);
  const usage = counted ?? estimatedUsage(task, generated.written);
  const answer: Answer = {
    text: redactText(generated.text, secret),
    finishReason: redactText(generated.finishReason, secret),
    usage,
    ...modelSaid(body, secret),
  };
  if (task.shape === 'text') return { kind: 'completed', answer };
  return { kind: 'completed', answer: { ...answer, body: wireBody(body, counted, usage, secret) } };
}

interface Generated {
  readonly text: string;
  readonly finishReason: string;
  /** All that was written, over all choices. */
  readonly written: string;
}

const GENERATED: Readonly<Record<GenerationTask['endpoint'], (body: Wire) => Generated | null>> = {
  chat: generatedMessage,
  completions: generatedText,
  embeddings: embedded,
};

const chat = z.object({
  choices: z.array(z.object({ message: said, finish_reason: finishReason })).min(1),
});

function generatedMessage(body: Wire): Generated | null {
  const choices = chat.safeParse(body).data?.choices;
  const [first] = choices ?? [];
  if (choices === undefined || first === undefined || !isSaid(first.message, first.finish_reason))
    return null;
  return {
    text: first.message.content ?? '',
    finishReason: first.finish_reason ?? 'stop',
    written: choices.map(({ message }) => writtenIn(message)).join(''),
  };
}

/** A message may have no content when something else was written, or when it was cut off before. */
function isSaid(message: Said, reason: string | null | undefined): boolean {
  return (
    typeof message.content === 'string' ||
    writtenIn(message) !== '' ||
    reason === 'length' ||
    reason === 'content_filter'
  );
}

const completions = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: finishReason })).min(1),
});

function generatedText(body: Wire): Generated | null {
  const choices = completions.safeParse(body).data?.choices;
  const [first] = choices ?? [];
  if (choices === undefined || first === undefined) return null;
  const written = choices.map(({ text }) => text).join('');
  return { text: first.text, finishReason: first.finish_reason ?? 'stop', written };
}

const embeddings = z.object({ data: z.array(z.object({ embedding: z.unknown() })).min(1) });

function embedded(body: Wire): Generated | null {
  if (!embeddings.safeParse(body).success) return null;
  return { text: '', finishReason: 'stop', written: '' };
}

function wireBody(body: Wire, counted: Usage | null, usage: Usage, secret: Secret): Wire {
  const redacted = redactWire(body, secret);
  const { choices } = redacted;
  const before = redactWire(body, null)['choices'];
  const shown =
    Array.isArray(choices) && Array.isArray(before)
      ? { choices: choices.map((choice: unknown, at) => withoutTokens(choice, before[at])) }
      : {};
  return { ...redacted, ...shown, ...(counted === null ? { usage: wireUsage(usage) } : {}) };
}

/** The log probabilities of a text's tokens would show what was taken out of it. */
function withoutTokens(redacted: unknown, before: unknown): unknown {
  if (!isWire(redacted) || (redacted['logprobs'] ?? null) === null) return redacted;
  return JSON.stringify(redacted) === JSON.stringify(before) ? redacted : { ...redacted, logprobs: null };
}
