import { describe, expect, it } from '@jest/globals';
import type { JobRef } from '#common/settlement/settlement.js';
import type { Seen } from './event-id.js';
import { followedStreams } from '../../../../test/support/followed-streams.js';

const world = followedStreams();
const { plant, write, publish, tell, settle, reading, piecesOf } = world;

describe('a new run', () => {
  it('is told as a restart with its first pieces, and nothing of the old one comes after it', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    await tell(job, '201-1', 'x');
    await publish(job, '101-2', { text: 'b' });
    await tell(job, '201-2', 'y');
    await pieces(3);
    await settle(job, { text: 'xy', run: 201 });
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '!201-1:x', '201-2:y']);
  });

  it('is no restart for whoever has seen nothing of the old one', async () => {
    const job = await plant();
    const { told, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '201-1', 'x');
    await pieces(1);
    expect(piecesOf(told)).toEqual(['201-1:x']);
  });

  it('that told nothing gives its whole answer when the job has ended', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    await settle(job, { text: 'xyz' });
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '!1-1:xyz']);
  });
});

describe('who comes back', () => {
  const after = { run: 101, seq: 2, chars: 2 };
  const comeBack = async (job: JobRef, seen: Seen = after) => {
    const { told, ended } = reading(await world.streams.watch(job.id, world.hangUp.signal), seen);
    await ended;
    return piecesOf(told);
  };

  it('is told what follows what it has seen', async () => {
    const job = await plant();
    for (const [at, text] of ['a', 'b', 'c', 'd'].entries()) await write(job, `101-${at + 1}`, { text });
    await settle(job, { text: 'abcd', run: 101 });
    expect(await comeBack(job)).toEqual(['101-3:c', '101-4:d']);
    expect(await comeBack(job, { run: 101, seq: 4, chars: 4 })).toEqual([]);
  });

  it('is told all of a newer run, and that it is one', async () => {
    const job = await plant();
    for (const [at, text] of ['x', 'y'].entries()) await write(job, `201-${at + 1}`, { text });
    await settle(job, { text: 'xy', run: 201 });
    expect(await comeBack(job)).toEqual(['!201-1:x', '201-2:y']);
  });

  it('is told the rest from the record when the stream is not kept any more', async () => {
    const [same, newer] = [await plant(), await plant()];
    await settle(same, { text: 'abcd', run: 101 });
    await settle(newer, { text: 'xyz', run: 201 });
    expect(await comeBack(same)).toEqual(['101-3:cd']);
    expect(await comeBack(newer)).toEqual(['!201-1:xyz']);
  });

  it('reads long streams in parts', async () => {
    const job = await plant();
    for (let seq = 1; seq <= 250; seq++) await write(job, `101-${seq}`, { text: 'x' });
    await settle(job, { text: 'x'.repeat(250), run: 101 });
    expect(await comeBack(job)).toHaveLength(248);
  });
});
