import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Behaviour, ModelCall } from './openai-behaviour.js';

export interface AnswerPlan {
  /** What every choice says. Without one: `Four.`, or `{"answer":"Four."}` where the caller asked for JSON. */
  readonly text?: string;
  /** The streamed pieces; without them, the text cut after every blank. */
  readonly pieces?: readonly string[];
  readonly finishReason?: string;
  /** Null: none is told, not even to who asks for it. */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  /** Calls of tools instead of a text: name and arguments. */
  readonly toolCalls?: readonly (readonly [name: string, parameters: object])[];
  /** Before the first byte, in milliseconds. */
  readonly latencyMs?: number;
  /** Before every piece but the first, in milliseconds. */
  readonly pieceDelayMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
export const STREAM_TYPE = { 'content-type': 'text/event-stream; charset=utf-8' };

/** A good answer to whatever was asked: chat or text completion (streamed or not, `n` choices), or embeddings. */
export const answer =
  (plan: AnswerPlan = {}): Behaviour =>
  async (response, call) => {
    if (plan.latencyMs !== undefined) await pause(plan.latencyMs);
    if (call.body['stream'] === true && !isEmbedding(call)) {
      await writeStream(response, chunksOf(plan, call), plan);
      return;
    }
    response.writeHead(200, { ...JSON_TYPE, ...plan.headers }).end(JSON.stringify(bodyOf(plan, call)));
  };

/** Sends these objects as the events of a stream and, unless told otherwise, `[DONE]`. */
export const streamOf =
  (chunks: readonly object[], { isDone = true, delayMs = 0 } = {}): Behaviour =>
  async (response) =>
    writeStream(response, chunks, { pieceDelayMs: delayMs }, isDone);

/** The answer to GET /models. */
export const models =
  (...ids: readonly string[]): Behaviour =>
  (response) => {
    const named = ids.length > 0 ? ids : ['gpt-4o', 'gpt-4o-mini'];
    const data = named.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ object: 'list', data }));
  };

/** The body that `answer` sends unstreamed. */
export function bodyOf(plan: AnswerPlan, call: ModelCall): Record<string, unknown> {
  if (isEmbedding(call)) return embeddings(plan, call);
  const text = textOf(plan, call);
  const isChat = call.path.endsWith('/chat/completions');
  const said =
    plan.toolCalls === undefined
      ? { role: 'assistant', content: text }
      : { role: 'assistant', content: null, tool_calls: toolCalls(plan.toolCalls) };
  const choices = numbered(call).map((index) => ({
    index,
    ...(isChat ? { message: said } : { text }),
    logprobs: null,
    finish_reason: finishReason(plan),
  }));
  return { ...head(call, isChat ? 'chat.completion' : 'text_completion'), choices, ...usageOf(plan) };
}

/** The chunks that `answer` streams. */
export function chunksOf(plan: AnswerPlan, call: ModelCall): Record<string, unknown>[] {
  const isChat = call.path.endsWith('/chat/completions');
  const first = head(call, isChat ? 'chat.completion.chunk' : 'text_completion');
  const pieces = plan.pieces ?? textOf(plan, call).split(/(?<= )/);
  const chunk = (index: number, said: object, finish_reason: string | null) => ({
    ...first,
    choices: [{ index, ...said, finish_reason }],
  });
  const delta = (said: object) => (isChat ? { delta: said } : { text: '' });
  const all = numbered(call).flatMap((index) => [
    ...(isChat ? [chunk(index, delta({ role: 'assistant', content: '' }), null)] : []),
    ...(plan.toolCalls === undefined
      ? pieces.map((text) => chunk(index, isChat ? { delta: { content: text } } : { text }, null))
      : toolCalls(plan.toolCalls).map((each, at) =>
          chunk(index, delta({ tool_calls: [{ index: at, ...each }] }), null),
        )),
    chunk(index, delta({}), finishReason(plan)),
  ]);
  const asked = call.body['stream_options'] as { include_usage?: boolean } | undefined;
  const hasUsage = asked?.include_usage === true && plan.usage !== null;
  return hasUsage ? [...all, { ...first, choices: [], ...usageOf(plan) }] : all;
}

async function writeStream(
  response: ServerResponse,
  chunks: readonly object[],
  { pieceDelayMs = 0, headers = {} }: AnswerPlan,
  isDone = true,
): Promise<void> {
  response.writeHead(200, { ...STREAM_TYPE, ...headers });
  for (const [at, chunk] of chunks.entries()) {
    if (at > 0 && pieceDelayMs > 0) await pause(pieceDelayMs);
    if (response.destroyed) return;
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
  response.end(isDone ? 'data: [DONE]\n\n' : '');
}

const isEmbedding = (call: ModelCall): boolean => call.path.endsWith('/embeddings');

const numbered = ({ body }: ModelCall): number[] =>
  Array.from({ length: typeof body['n'] === 'number' ? body['n'] : 1 }, (_, index) => index);

function textOf({ text, pieces }: AnswerPlan, { body }: ModelCall): string {
  if (text !== undefined || pieces !== undefined) return text ?? pieces?.join('') ?? '';
  const format = body['response_format'] as { type?: string } | undefined;
  return format?.type?.startsWith('json') === true ? '{"answer":"Four."}' : 'Four.';
}

const finishReason = ({ finishReason: said, toolCalls: called }: AnswerPlan): string =>
  said ?? (called === undefined ? 'stop' : 'tool_calls');

const toolCalls = (called: NonNullable<AnswerPlan['toolCalls']>) =>
  called.map(([name, parameters], at) => ({
    id: `call_${at}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(parameters) },
  }));

const head = ({ body }: ModelCall, object: string) => ({
  id: 'chatcmpl-1',
  object,
  created: 1_700_000_000,
  model: body['model'],
});

function usageOf({ usage = { prompt_tokens: 9, completion_tokens: 2 } }: AnswerPlan): object {
  if (usage === null) return {};
  return { usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } };
}

function embeddings(plan: AnswerPlan, { body }: ModelCall): Record<string, unknown> {
  const input = body['input'];
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  const vector = [0.6, 0.8];
  const isBase64 = body['encoding_format'] === 'base64';
  const embedding = isBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
  const data = Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding }));
  const usage = plan.usage === null ? {} : { usage: { prompt_tokens: 9, total_tokens: 9 } };
  return { object: 'list', data, model: body['model'], ...usage };
}
