import { z } from 'zod';
import { PRIORITIES } from '#common/contracts/generation.js';
import { webhookEndpointId, webhookUrl } from '../webhooks/webhook-url.schema.js';

const CHARACTERS_MAX = 400_000;

const text = z
  .string()
  .min(1)
  .max(CHARACTERS_MAX)
  .refine((value) => value.isWellFormed(), 'holds half of a surrogate pair, which is not Unicode text');
const token = (max: number): z.ZodString =>
  z
    .string()
    .max(max)
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters');

const hasBoth = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && 'prompt' in input && 'messages' in input;

const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: text });

/** The body of `POST /generate`. The first five fields are the original system's. */
export const generateRequest = z
  .strictObject({
    prompt: text.optional().describe('The prompt; this or messages.'),
    model: token(100).default('gpt-3.5-turbo'),
    max_tokens: z.number().int().min(1).max(1_000_000).default(150),
    temperature: z.number().min(0).max(2).default(0.7),
    user_id: token(200).optional().describe('Your name for the end user; passed on to the backend.'),
    messages: z.array(message).min(1).max(256).optional().describe('A conversation; this or prompt.'),
    mode: z
      .enum(['sync', 'async'])
      .optional()
      .describe('sync (default): wait for the answer. async: 202 at once.'),
    priority: z.enum(PRIORITIES).default('normal'),
    timeout_ms: z
      .number()
      .int()
      .min(1)
      .max(24 * 3_600_000)
      .optional()
      .describe(
        'sync: how long this call waits; then 202, and the job goes on. async or stream: the deadline of the job, from its acceptance.',
      ),
    stream: z
      .boolean()
      .default(false)
      .describe('Server-sent events instead of one answer: status, token, then result or error.'),
    route_key: token(200)
      .optional()
      .describe('Jobs with the same key go to the same backend where its strategy is sticky.'),
    metadata: z
      .record(z.string().max(64), z.string().max(512))
      .refine((pairs) => Object.keys(pairs).length <= 16, 'holds more than 16 pairs')
      .optional()
      .describe('Comes back with the job.'),
    webhook_url: webhookUrl
      .optional()
      .describe('Is told how the job ends, and nobody else is; this or webhook_endpoint_id.'),
    webhook_endpoint_id: webhookEndpointId
      .optional()
      .describe('The one of your endpoints that is told how the job ends; this or webhook_url.'),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    error: ({ input }) => `send prompt or messages, ${hasBoth(input) ? 'not both' : 'one of them'}`,
    path: ['prompt'],
  })
  .refine(
    ({ messages = [] }) => messages.reduce((sum, { content }) => sum + content.length, 0) <= CHARACTERS_MAX,
    {
      message: `holds more than ${CHARACTERS_MAX} characters in all`,
      path: ['messages'],
    },
  )
  .refine(
    ({ webhook_url, webhook_endpoint_id }) => webhook_url === undefined || webhook_endpoint_id === undefined,
    { message: 'send webhook_url or webhook_endpoint_id, not both', path: ['webhook_url'] },
  )
  .meta({ example: { prompt: 'Why do queues help?', model: 'sim-fast', max_tokens: 100 } });
export type GenerateRequest = z.infer<typeof generateRequest>;

/** The answer to an accepted job that has not ended. */
export const acceptedAnswer = z.object({
  job_id: z.string(),
  status: z.enum(['queued', 'running']),
  request_id: z.string(),
  status_url: z.string(),
  result_url: z.string(),
  stream_url: z.string(),
  cancel_url: z.string(),
  queue_position: z
    .number()
    .int()
    .nonnegative()
    .nullable()
    .describe('Jobs before this one; null when it does not wait.'),
  estimated_wait_ms: z
    .number()
    .nonnegative()
    .nullable()
    .describe('Null while nothing is known of the pool’s pace.'),
});
export type AcceptedAnswer = z.infer<typeof acceptedAnswer>;
