import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { JobRun } from './job-run.js';
import type { JobNews } from './prompt-words.js';

const asked = { prompt: 'x', model: 'm', max_tokens: 1, priority: 'normal', stream: true };
const DONE = 'event: result\ndata: {"response":"4"}\n\n';

let told: JobNews[];
let run: JobRun;
/** By method and path: the answers in turn, the last for all that follow. */
let answers: Record<string, (() => Response)[]>;

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  answers = {
    'POST /generate': [() => Response.json({ job_id: 'job_1' }, { status: 202 })],
    'GET /jobs/job_1': [() => Response.json({ status: 'queued', queue_position: 3 })],
    'GET /jobs/job_1/stream': [() => new Response(DONE)],
  };
  const fetched = async (path: string, { method = 'GET' }: RequestInit): Promise<Response> => {
    const list = answers[`${method} ${path}`] ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (answer === undefined) throw new TypeError('nobody there');
    return answer();
  };
  Object.assign(globalThis, { window: globalThis, fetch: fetched });
  run = new JobRun('', (news) => void told.push(news));
});
afterEach(() => {
  jest.useRealTimers();
});

const broken = (): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        controller.error(new TypeError('cut'));
      },
    }),
  );
const refused = (status: number, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { message: 'Not now.', code: 'no' } }, { status, headers });
/** A stream that says nothing until it is told to end. */
function silent(): { response: Response; finish: () => void } {
  const ways: ReadableStreamDefaultController<Uint8Array>[] = [];
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void ways.push(controller) });
  const finish = (): void => {
    ways[0]?.enqueue(new TextEncoder().encode(DONE));
    ways[0]?.close();
  };
  return { response: new Response(body), finish };
}
const kinds = (): string[] => told.map(({ kind }) => kind);

describe('a job of the form', () => {
  it('goes on when an answer about its place breaks off', async () => {
    const stream = silent();
    answers['GET /jobs/job_1/stream'] = [() => stream.response];
    answers['GET /jobs/job_1'] = [broken, () => Response.json({ status: 'queued', queue_position: 1 })];
    const running = run.run(asked);
    await jest.advanceTimersByTimeAsync(3_100);
    expect(told.at(-1)).toEqual({ kind: 'queued', text: 'Waiting behind 1 job.' });
    stream.finish();
    await jest.advanceTimersByTimeAsync(1_500);
    await running;
    expect(kinds()).toEqual(['queued', 'queued', 'completed']);
  });

  it('comes back to a stream that is refused for now, when it is told to', async () => {
    answers['GET /jobs/job_1/stream'] = [
      () => refused(429, { 'retry-after': '4' }),
      () => new Response(DONE),
    ];
    const running = run.run(asked);
    await jest.advanceTimersByTimeAsync(3_900);
    expect(kinds()).not.toContain('completed');
    await jest.advanceTimersByTimeAsync(1_000);
    await running;
    expect(kinds().at(-1)).toBe('completed');
    expect(kinds()).not.toContain('failed');
  });

  it('ends with what the server says of a stream that it refuses for good', async () => {
    answers['GET /jobs/job_1/stream'] = [() => refused(404)];
    const running = run.run(asked);
    await jest.advanceTimersByTimeAsync(1_500);
    await running;
    expect(told.at(-1)).toEqual({ kind: 'failed', text: 'Not now. (no)' });
  });

  it('says why it is not cancelled, and goes on', async () => {
    const stream = silent();
    answers['GET /jobs/job_1/stream'] = [() => stream.response];
    answers['DELETE /jobs/job_1'] = [() => refused(503)];
    const running = run.run(asked);
    await jest.advanceTimersByTimeAsync(100);
    expect(await run.cancel()).toBe('Not now. (no)');
    answers['DELETE /jobs/job_1'] = [];
    expect(await run.cancel()).toBe('The server cannot be reached.');
    answers['DELETE /jobs/job_1'] = [() => Response.json({})];
    expect(await run.cancel()).toBeNull();
    expect(run.hasEnded).toBe(false);
    stream.finish();
    await jest.advanceTimersByTimeAsync(1_500);
    await running;
    expect(run.hasEnded).toBe(true);
  });
});
