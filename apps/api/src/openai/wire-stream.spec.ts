import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FinalStatus } from '#common/contracts/job-status.js';
import { eventually } from '../../../../test/support/eventually.js';
import { taskOf } from '../../../../test/support/task.js';
import type { StreamEvent } from '../streaming/stream-event.js';
import { WireChunks } from './wire-chunks.js';
import { WireStream } from './wire-stream.js';

const chunk = { id: 'chatcmpl-7', choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] };
const written = `data: ${JSON.stringify(chunk)}\n\n`;
const DONE = 'data: [DONE]\n\n';
const piece = (isRestart = false): StreamEvent => ({
  kind: 'pieces',
  run: 101,
  seq: 1,
  chars: 1,
  isRestart,
  text: 'a',
  chunks: [chunk],
  backend: 'model',
});
const running: StreamEvent = { kind: 'status', status: 'running' };
const silence: StreamEvent = { kind: 'silence' };
const settled = (status: FinalStatus): StreamEvent => ({
  kind: 'settled',
  settled: {
    id: 'job_1',
    status,
    created_ms: 1,
    started_ms: 2,
    settled_ms: 3,
    worker_id: null,
    outcome: { attempts: 1, backend_id: 'model', finish_reason: 'stop', error_code: 'backend_unavailable' },
  },
});

function streamed(events: readonly StreamEvent[], { isEndless = false, lateInMs = 60_000 } = {}) {
  const seen = { isLetGo: false, isAbandoned: false, doneBy: '' };
  async function* tell(): AsyncGenerator<StreamEvent, void, undefined> {
    try {
      yield* events;
      while (isEndless) await new Promise((resolve) => setTimeout(resolve, 1_000));
    } finally {
      seen.isLetGo = true;
    }
  }
  const stream = new WireStream({
    jobId: 'job_1',
    events: tell(),
    chunks: new WireChunks({ task: taskOf(), jobId: 'job_1', includesUsage: false }),
    lateAt: performance.now() + lateInMs,
    abandon: () => (seen.isAbandoned = true),
    onDone: (backend) => (seen.doneBy = backend),
  });
  const rest = async (): Promise<string[]> => {
    const texts: string[] = [];
    for await (const text of stream.rest()) texts.push(text);
    return texts;
  };
  return { stream, seen, rest };
}
const code = (expected: string) =>
  expect.objectContaining({ code: expected, detail: expect.objectContaining({ jobId: 'job_1' }) });

describe('a stream in OpenAI’s wire format', () => {
  it('opens with the first chunks, says who sends them and when the job ran, and ends as OpenAI’s does', async () => {
    const { stream, rest, seen } = streamed([running, piece(), silence, piece(), settled('completed')]);
    expect(await stream.open()).toEqual({
      beginning: written,
      isOver: false,
      backend: 'model',
      ranAt: expect.any(Number),
    });
    expect(await rest()).toEqual([': waiting\n\n', written, DONE]);
    expect(seen).toEqual({ isLetGo: true, isAbandoned: false, doneBy: 'model' });
  });

  it('opens with a comment when nothing was heard for long', async () => {
    const { stream, rest } = streamed([silence, piece(), settled('completed')]);
    expect(await stream.open()).toMatchObject({ beginning: ': waiting\n\n', backend: null, ranAt: null });
    expect(await rest()).toEqual([written, DONE]);
  });

  it('is over at once for an answer without a chunk', async () => {
    const { stream, seen } = streamed([settled('completed')]);
    const { beginning, isOver } = await stream.open();
    expect(isOver).toBe(true);
    expect(beginning).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/);
    expect(seen.isLetGo).toBe(true);
  });

  it.each([
    ['failed', 'backend_unavailable'],
    ['cancelled', 'job_cancelled'],
    ['expired', 'deadline_exceeded'],
  ] as const)('refuses for a job that %s, before its first chunk and after', async (status, expected) => {
    const before = streamed([running, settled(status)]);
    await expect(before.stream.open()).rejects.toEqual(code(expected));
    expect(before.seen.isLetGo).toBe(true);
    const after = streamed([piece(), settled(status)]);
    await after.stream.open();
    await expect(after.rest()).rejects.toEqual(code(expected));
    expect(after.seen).toEqual({ isLetGo: true, isAbandoned: false, doneBy: '' });
  });

  it('gives up a job that begins anew when a part of it was sent already', async () => {
    const { stream, rest, seen } = streamed([piece(), piece(true), settled('completed')]);
    await stream.open();
    await expect(rest()).rejects.toEqual(code('stream_interrupted'));
    expect(seen).toEqual({ isLetGo: true, isAbandoned: true, doneBy: '' });
  });

  it('goes on with a job that begins anew when nothing of it was sent', async () => {
    const { stream, rest, seen } = streamed([silence, piece(true), settled('completed')]);
    await stream.open();
    expect(await rest()).toEqual([written, DONE]);
    expect(seen.isAbandoned).toBe(false);
  });

  it('gives the job up when this process stops telling', async () => {
    const { stream, seen } = streamed([running]);
    await expect(stream.open()).rejects.toEqual(code('stopping'));
    expect(seen.isAbandoned).toBe(true);
  });

  it('lets its events go when its reader leaves', async () => {
    const { stream, seen } = streamed([piece(), piece(), settled('completed')]);
    await stream.open();
    const reading = stream.rest();
    await reading.next();
    await reading.return();
    await eventually('the events to be let go', () => (seen.isLetGo ? true : null));
  });

  describe('whose caller’s patience ends', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('is refused as too late, and the job is left to its own deadline', async () => {
      const { stream, seen } = streamed([running], { isEndless: true, lateInMs: 5_000 });
      const opened = expect(stream.open()).rejects.toEqual(code('deadline_exceeded'));
      await jest.advanceTimersByTimeAsync(5_000);
      await opened;
      expect(seen.isAbandoned).toBe(false);
    });
  });
});
