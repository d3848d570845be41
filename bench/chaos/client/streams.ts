import { z } from 'zod';
import { eventsOf } from './event-reader.js';
import type { Told } from './ledger.js';
import { chatChunk, errorAnswer, jobIdIn, nativeAnswer, safeJson, token } from './wire.js';

/** What a caller of a stream has heard so far. */
export interface Heard {
  jobId: string | null;
  /** Since the last restart. */
  text: string;
  lastId: string | null;
}

export const heardNothing = (): Heard => ({ jobId: null, text: '', lastId: null });

const statusEvent = z.looseObject({ job_id: z.string() });

/** Reads a native stream into `heard`. Null: it was ended before the job, for its caller to come back. Throws when it breaks. */
export async function readStream(response: Response, heard: Heard): Promise<Told | null> {
  heard.jobId ??= jobIdIn(response);
  for await (const { event, id, data } of eventsOf(response)) {
    const value = safeJson(data);
    heard.lastId = id ?? heard.lastId;
    switch (event) {
      case 'status':
        heard.jobId ??= statusEvent.parse(value).job_id;
        break;
      case 'restarted':
        heard.text = '';
        break;
      case 'token':
        heard.text += token.parse(value).text;
        break;
      case 'result': {
        const { job_id: jobId, response: text } = nativeAnswer.parse(value);
        return { kind: 'completed', jobId, text, streamed: heard.text };
      }
      case 'error':
        return endedBy(value, heard.jobId);
      default:
        throw new Error(`an event called ${event}`);
    }
  }
  return null;
}

/** Reads a stream in OpenAI's format. Throws when it breaks. */
export async function readChat(response: Response, heard: Heard): Promise<Told> {
  heard.jobId ??= jobIdIn(response);
  for await (const { data } of eventsOf(response)) {
    if (data === '[DONE]')
      return { kind: 'completed', jobId: heard.jobId ?? '', text: heard.text, streamed: null };
    const value = safeJson(data);
    const chunk = chatChunk.safeParse(value);
    if (!chunk.success) return endedBy(value, heard.jobId);
    heard.text += chunk.data.choices[0]?.delta.content ?? '';
  }
  throw new Error('the stream ended before [DONE]');
}

function endedBy(value: unknown, jobId: string | null): Told {
  const { error } = errorAnswer.parse(value);
  return { kind: 'ended', jobId: error.job_id ?? jobId ?? '', status: 200, code: error.code ?? 'none' };
}
