import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/contracts/outcome.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { taskOf } from '../../../../test/support/task.js';
import type { Pieces } from '../streaming/stream-event.js';
import { WireChunks } from './wire-chunks.js';

type Chunk = Record<string, unknown>;

const head = { id: 'chatcmpl-7', object: 'chat.completion.chunk', created: 7, model: 'gpt-4o' };
const said = (content: string, finish_reason: string | null = null): Chunk => ({
  ...head,
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const pieces = (...chunks: Chunk[]): Pieces => ({ ...untold(''), chunks });
const untold = (text: string): Pieces => ({
  kind: 'pieces',
  run: 101,
  seq: 1,
  chars: 0,
  isRestart: false,
  text,
});
const completed = (outcome: Partial<Outcome> = {}): WakeUp => ({
  id: 'job_1',
  status: 'completed',
  created_ms: 1,
  started_ms: 2,
  settled_ms: 3,
  worker_id: 'worker-1',
  outcome: { attempts: 1, finish_reason: 'stop', usage: { input_tokens: 3, output_tokens: 4 }, ...outcome },
});
const stream = (includesUsage = false, task = taskOf({ shape: 'wire', is_streamed: true })) =>
  new WireChunks({ task, jobId: 'job_1', includesUsage });

describe('WireChunks', () => {
  it('tells the backend’s chunks as they came, and adds nothing to an end that the backend told', () => {
    const chunks = stream();
    const sent = [said('Two'), { ...said('', 'stop'), vendor: { x: 1 } }];
    expect(chunks.of(pieces(...sent))).toEqual(sent);
    expect(chunks.end(completed())).toEqual([]);
  });

  it('keeps the first id over the whole stream, and makes one where the backend has none', () => {
    const chunks = stream();
    expect(chunks.of(pieces(said('a'), { ...said('b'), id: 'other' })).map(({ id }) => id)).toEqual([
      'chatcmpl-7',
      'chatcmpl-7',
    ]);
    expect(stream().of(pieces({ choices: [] }))).toEqual([{ id: 'chatcmpl-job_1', choices: [] }]);
  });

  it('tells no usage to who did not ask for it, unless it comes with a piece of the answer', () => {
    const chunks = stream();
    const sent = [
      { ...said('a'), usage: null },
      { ...said('b', 'stop'), usage },
      { ...head, choices: [], usage },
    ];
    expect(chunks.of(pieces(...sent))).toEqual([said('a'), { ...said('b', 'stop'), usage }]);
    expect(chunks.end(completed())).toEqual([]);
  });

  it('tells the backend’s usage to who asked for it, once', () => {
    const chunks = stream(true);
    const sent = [
      { ...said('a', 'stop'), usage: null },
      { ...head, choices: [], usage },
    ];
    expect(chunks.of(pieces(...sent))).toEqual(sent);
    expect(chunks.end(completed())).toEqual([]);
  });

  it('ends with an estimate for who asked, where the backend told none', () => {
    const chunks = stream(true);
    chunks.of(pieces(said('a', 'stop')));
    const estimated = { input_tokens: 3, output_tokens: 4, estimated: true as const };
    expect(chunks.end(completed({ usage: estimated }))).toEqual([
      {
        ...head,
        choices: [],
        usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7, estimated: true },
      },
    ]);
  });

  it('makes chunks of a text where nothing else is kept', () => {
    const chunks = stream();
    const made = {
      id: 'chatcmpl-job_1',
      object: 'chat.completion.chunk',
      created: expect.any(Number),
      model: 'sim-fast',
    };
    expect(chunks.of(untold('Four.'))).toEqual([
      {
        ...made,
        choices: [{ index: 0, delta: { role: 'assistant', content: 'Four.' }, finish_reason: null }],
      },
    ]);
    expect(chunks.end(completed({ finish_reason: 'length' }))).toEqual([
      { ...made, choices: [{ index: 0, delta: {}, finish_reason: 'length' }] },
    ]);
    const completion = stream(false, taskOf({ endpoint: 'completions' }));
    expect(completion.of(untold('Four.'))).toMatchObject([
      {
        id: 'cmpl-job_1',
        object: 'text_completion',
        choices: [{ index: 0, text: 'Four.', finish_reason: null }],
      },
    ]);
  });

  it('does not pass a text off as the whole of an answer that was more', () => {
    const interrupted = expect.objectContaining({ code: 'stream_interrupted', detail: { jobId: 'job_1' } });
    expect(() => stream().end(completed({ finish_reason: 'tool_calls' }))).toThrow(interrupted);
    const many = stream(false, taskOf({ body: { messages: [], n: 2 } }));
    expect(() => many.end(completed())).toThrow(interrupted);
  });
});
