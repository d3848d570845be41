import { z } from 'zod';
import type { Generated } from './answer.js';
import type { HeaderOf, WireFormat } from './wire-format.js';

const usage = z.object({ completion_tokens: z.number() }).nullish();
const completion = z.object({ choices: z.array(z.unknown()), usage });
const said = z.string().nullish();
const chunk = z.object({
  choices: z.array(z.object({ delta: z.object({ content: said, reasoning_content: said }).optional() })),
  usage,
});
const failure = z.object({ error: z.object({ code: z.union([z.string(), z.number()]).nullish() }) });

const generated = (header: HeaderOf, outputTokens: number | null): Generated => ({
  workerId: 'unknown',
  backendId: header('x-sluice-backend') ?? 'unknown',
  outputTokens,
});

/** `POST /v1/chat/completions`, in OpenAI's format: Sluice, or whatever else speaks it. */
export const chatWire: WireFormat = {
  path: '/v1/chat/completions',
  bodyOf: ({ prompt, model, maxTokens, userId }, isStreamed) => ({
    messages: [{ role: 'user', content: prompt }],
    model,
    max_tokens: maxTokens,
    temperature: 0.7,
    user: userId,
    ...(isStreamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  }),
  read: (json, header) => generated(header, completion.parse(json).usage?.completion_tokens ?? null),
  hear({ data }, header) {
    if (data === '[DONE]') return { kind: 'end', ...generated(header, null) };
    const json: unknown = JSON.parse(data);
    const failed = failure.safeParse(json);
    if (failed.success) return { kind: 'failed', code: String(failed.data.error.code ?? 'error') };
    const { choices, usage: used } = chunk.parse(json);
    if (choices.some(({ delta }) => Boolean(delta?.content) || Boolean(delta?.reasoning_content)))
      return { kind: 'text' };
    return used ? { kind: 'usage', outputTokens: used.completion_tokens } : { kind: 'nothing' };
  },
};
