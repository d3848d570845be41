import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { WORKER_LOOK } from '#common/contracts/wake-up.js';
import { channels } from '#common/redis/keys.js';
import { ControlChannel } from './control-channel.js';

const ABANDON = '{"kind":"abandon","job_id":"job_1"}';

async function listening() {
  const heard: string[] = [];
  const subscriber = Object.assign(new EventEmitter(), { subscribe: async () => 1 });
  const logger = { warn: () => heard.push('warned') };
  await new ControlChannel('w', subscriber as never, logger as never).start({
    abandon: (jobId) => void heard.push(`abandon ${jobId}`),
    look: () => void heard.push('look'),
  });
  const publish = (message: string, channel = channels.workerControl('w')) =>
    subscriber.emit('message', channel, message);
  return { heard, publish };
}

describe('the control channel of a worker', () => {
  it('tells each order to whom it concerns', async () => {
    const { heard, publish } = await listening();
    publish(ABANDON);
    publish(WORKER_LOOK);
    expect(heard).toEqual(['abandon job_1', 'look']);
  });

  it('is harmed by nothing that cannot be read, and reports it', async () => {
    const { heard, publish } = await listening();
    for (const message of ['', '{', 'null', '{"kind":"abandon"}', '{"kind":"other"}']) publish(message);
    expect(heard).toEqual(Array.from({ length: 5 }, () => 'warned'));
  });

  it('hears nothing of the other channels of its connection', async () => {
    const { heard, publish } = await listening();
    publish(ABANDON, channels.circuits);
    publish(WORKER_LOOK, channels.workerControl('w2'));
    expect(heard).toEqual([]);
  });
});
