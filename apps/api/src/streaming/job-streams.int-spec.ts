import { describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import type { StreamEvent } from './stream-event.js';
import { followedStreams } from '../../../../test/support/followed-streams.js';

const world = followedStreams();
const { plant, write, publish, tell, settle, reading, piecesOf, kindsOf } = world;

describe('a follower of a job that is queued next', () => {
  it('is told of its place, its start, every entry as it is published, and last its settlement', async () => {
    const id = mintJobId();
    const { told, ended, until: pieces } = reading(world.streams.expect(id, world.hangUp.signal));
    await eventually('the first event', () => (told.length > 0 ? true : null));
    const job = { ...(await plant({ reply: world.streams.channel })), id };
    await world.redis.rename(
      keys.job((await world.redis.keys('*'))[0]?.split(':').at(-1) ?? ''),
      keys.job(id),
    );
    await world.redis.publish(world.streams.channel, JSON.stringify({ id, began: true }));
    await eventually('the start', () => (told.length > 1 ? true : null));
    const chunks = [{ n: 1 }];
    await write(job, '101-1', { text: 'a', chunks, backend: 'b', model: 'm' });
    await publish(job, '101-1', { text: 'a', chunks, backend: 'b', model: 'm' });
    await pieces(1);
    await tell(job, '101-2', 'bc');
    await pieces(2);
    await settle(job, { text: 'abc', run: 101 });
    await ended;
    expect(told).toMatchObject([
      { kind: 'status', status: 'queued' },
      { kind: 'status', status: 'running' },
      { kind: 'pieces', run: 101, seq: 1, chars: 1, isRestart: false, chunks, backend: 'b', model: 'm' },
      { kind: 'pieces', run: 101, seq: 2, chars: 3, isRestart: false, text: 'bc' },
      { kind: 'settled', settled: { id, status: 'completed', outcome: { text: 'abc' } } },
    ]);
  });

  it('leaves nothing behind when it is forgotten, or hangs up, before it has read anything', async () => {
    world.streams.expect(mintJobId(), world.hangUp.signal).forget();
    world.streams.expect(mintJobId(), world.hangUp.signal);
    world.hangUp.abort();
    world.streams.expect(mintJobId(), world.hangUp.signal);
    expect((await world.metrics.gauge('sluice_streams').get()).values[0]?.value).toBe(0);
  });
});

describe('a follower', () => {
  it('is told what was written before it came, and goes on with what is published', async () => {
    const job = await plant();
    await write(job, '101-1', { text: 'a' });
    await write(job, '101-2', { text: 'b' });
    const { told, ended, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await pieces(2);
    await tell(job, '101-3', 'c');
    await pieces(3);
    await settle(job, { text: 'abc', run: 101 });
    await ended;
    expect(kindsOf(told)).toEqual(['running', 'pieces', 'pieces', 'pieces', 'settled']);
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c']);
  });

  it('is told every entry once although messages are lost, doubled, late or without their fields', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    await write(job, '101-2', { text: 'b' });
    await tell(job, '101-3', 'c');
    await publish(job, '101-2', { text: 'b' });
    await publish(job, '101-3', { text: 'c' });
    await pieces(3);
    await write(job, '101-4', { text: 'd' });
    await publish(job, '101-4', null);
    await pieces(4);
    await write(job, '101-5', { text: 'e' });
    await settle(job, { text: 'abcde', run: 101 });
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c', '101-4:d', '101-5:e']);
    expect(told.at(-1)?.kind).toBe('settled');
  });

  it('that hears nothing looks for itself, within seconds', async () => {
    const job = await plant({ status: 'queued' });
    const { told, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await eventually('the first look', () => (told.length > 0 ? true : null));
    await world.redis.hset(keys.job(job.id), 'status', 'running');
    await write(job, '101-1', { text: 'a' });
    await pieces(1);
    expect(kindsOf(told)).toEqual(['queued', 'running', 'pieces']);
  });

  it('reads what it missed while the subscription was cut, as soon as it is renewed', async () => {
    const job = await plant();
    const { told, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    world.connections.subscriber.disconnect();
    await eventually('the cut', async () =>
      (await world.redis.pubsub('NUMSUB', world.waiting.channel))[1] === 0 ? true : null,
    );
    await tell(job, '101-2', 'b');
    const began = performance.now();
    await world.connections.subscriber.connect();
    await pieces(2);
    expect(performance.now() - began).toBeLessThan(1_900);
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b']);
  });

  it('that reads slowly is told all of it, out of bounded memory', async () => {
    const job = await plant();
    const following = await world.streams.watch(job.id, world.hangUp.signal);
    const events = following.events({ after: null, withinMs: 60_000 }, world.hangUp.signal);
    await events.next();
    const count = 1_000;
    for (let seq = 1; seq <= count; seq++) await tell(job, `101-${seq}`, `${seq} `);
    const { ear } = Reflect.get(following, 'parts') as { ear: object };
    expect((Reflect.get(ear, 'heard') as unknown[]).length).toBeLessThanOrEqual(256);
    await settle(job, { run: 101 });
    const told: StreamEvent[] = [];
    for await (const event of events) told.push(event);
    expect(piecesOf(told)).toEqual(Array.from({ length: count }, (_, at) => `101-${at + 1}:${at + 1} `));
  });

  it('goes on while Redis is away, and has missed nothing when it is back', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await world.streams.watch(job.id, world.hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    world.connections.producer.disconnect();
    await write(job, '101-2', { text: 'b' });
    await tell(job, '101-3', 'c');
    await settle(job, { text: 'abc', run: 101 });
    await world.connections.producer.connect();
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c']);
    expect(told.at(-1)?.kind).toBe('settled');
  });

  it('is let go without a settlement at the end of its time, and when this process stops', async () => {
    const job = await plant();
    const short = reading(await world.streams.watch(job.id, world.hangUp.signal), null, 50);
    await short.ended;
    const long = reading(await world.streams.watch(job.id, world.hangUp.signal));
    world.waiting.stop(0);
    await long.ended;
    expect([...kindsOf(short.told), ...kindsOf(long.told)]).not.toContain('settled');
  });
});
