import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { entryOf, type Position, type StreamEntry } from '#common/contracts/job-stream.js';
import { Metrics } from '#common/observability/metrics.js';
import { StreamWriter } from './stream-writer.js';
import type { Appended } from './stream.ledger.js';

interface Write {
  readonly entry: string;
  readonly fields: StreamEntry;
  /** When it was asked for, from the beginning of the test. */
  readonly at: number;
}

const job = { id: 'job_1', tenant: 't', pool: 'default' };
const metrics = new Metrics({});
let began = 0;

beforeEach(() => {
  jest.useFakeTimers();
  began = performance.now();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A writer over a Redis that takes `takesMs` for each write and answers as told, `appended` from then on. */
function writing({ takesMs = 1, answers = [] as (Appended | Error)[] } = {}) {
  const writes: Write[] = [];
  const onClosed = jest.fn();
  let open = 0;
  const append = async (_: string, at: Position, fields: StreamEntry): Promise<Appended> => {
    expect(++open).toBe(1);
    writes.push({ entry: entryOf(at), fields, at: performance.now() - began });
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    open--;
    const answer = answers[writes.length - 1] ?? 'appended';
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const run = { job, run: 201, backend: 'b', model: 'm' };
  const writer = new StreamWriter(run, { ledger: { append }, metrics, onClosed });
  return { writer, writes, onClosed };
}

/** Says 1, 2, 3 … with so many milliseconds between them, and what was said. */
async function say(writer: StreamWriter, count: number, everyMs: number): Promise<string> {
  let said = '';
  for (let at = 1; at <= count; at++) {
    writer.piece({ text: `${at} ` });
    said += `${at} `;
    await jest.advanceTimersByTimeAsync(everyMs);
  }
  return said;
}

async function ended(writer: StreamWriter): Promise<void> {
  const end = writer.end();
  end.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(20_000);
  await end;
}

const textOf = (writes: readonly Write[]) => writes.map(({ fields }) => fields.text).join('');
const gapsOf = (writes: readonly Write[]) =>
  writes.slice(1).map(({ at }, index) => at - (writes[index]?.at ?? 0));

describe('StreamWriter', () => {
  it('writes the first text at once, with who sends it, and each piece once, in order', async () => {
    const { writer, writes } = writing();
    expect(writer.hasSent).toBe(false);
    writer.piece({ text: 'Hel' });
    expect(writer.hasSent).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(writes).toEqual([
      { entry: '201-1', fields: { text: 'Hel', backend: 'b', model: 'm' }, at: expect.closeTo(0, 0) },
    ]);
    writer.piece({ text: 'lo' });
    await ended(writer);
    expect(writes.slice(1)).toMatchObject([{ entry: '201-2', fields: { text: 'lo' } }]);
    expect(writes[1]?.fields).not.toHaveProperty('backend');
  });

  it.each([
    { everyMs: 1, takesMs: 0 },
    { everyMs: 3, takesMs: 5 },
    { everyMs: 7, takesMs: 50 },
  ])('writes at most once in 20 ms, and one at a time: %j', async ({ everyMs, takesMs }) => {
    const { writer, writes } = writing({ takesMs });
    const said = await say(writer, 200, everyMs);
    await ended(writer);
    expect(textOf(writes)).toBe(said);
    expect(writes.length).toBeGreaterThan(5);
    for (const gap of gapsOf(writes)) expect(gap).toBeGreaterThanOrEqual(Math.max(20, takesMs) - 0.001);
    expect(writes.map(({ entry }) => entry)).toEqual(writes.map((_, at) => `201-${at + 1}`));
  });

  it('keeps what comes while Redis does not answer, and writes it in order when it does', async () => {
    const { writer, writes } = writing({ takesMs: 4_000 });
    const said = await say(writer, 100, 10);
    expect(writes).toHaveLength(1);
    await ended(writer);
    expect(writes).toHaveLength(2);
    expect(textOf(writes)).toBe(said);
  });

  it('writes together what comes together', async () => {
    const { writer, writes } = writing();
    for (const text of ['a', 'b', 'c']) writer.piece({ text });
    await ended(writer);
    expect(writes.map(({ fields }) => fields.text)).toEqual(['abc']);
  });

  it('lets pieces that say nothing yet wait for the first text, but not for long', async () => {
    const role = { role: 'assistant' };
    const quick = writing();
    quick.writer.piece({ text: '', chunk: role });
    await jest.advanceTimersByTimeAsync(5);
    quick.writer.piece({ text: 'Hi', chunk: { content: 'Hi' } });
    await jest.advanceTimersByTimeAsync(1);
    expect(quick.writes).toMatchObject([{ fields: { text: 'Hi', chunks: [role, { content: 'Hi' }] } }]);
    const slow = writing();
    slow.writer.piece({ text: '', chunk: role });
    await jest.advanceTimersByTimeAsync(21);
    expect(slow.writes).toMatchObject([{ fields: { text: '', chunks: [role] } }]);
    await ended(quick.writer);
    await ended(slow.writer);
  });

  it('writes once a second after 10,000 entries', async () => {
    const { writer, writes } = writing();
    Reflect.set(writer, 'seq', 9_999);
    await say(writer, 300, 10);
    await ended(writer);
    for (const gap of gapsOf(writes)) expect(gap).toBeGreaterThanOrEqual(999.9);
  });

  it('says once that nobody wants its tokens any more, and writes no more', async () => {
    const { writer, writes, onClosed } = writing({ answers: ['appended', 'closed'] });
    await say(writer, 100, 10);
    await ended(writer);
    expect(writes).toHaveLength(2);
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  it('hands on what Redis threw, when it is asked to end', async () => {
    const { writer, writes } = writing({ answers: [new Error('WRONGTYPE')] });
    await say(writer, 10, 10);
    await expect(ended(writer)).rejects.toThrow('WRONGTYPE');
    expect(writes).toHaveLength(1);
  });
});
