import { describe, expect, it } from '@jest/globals';
import { countCommands, type MonitoredCommand, perJob } from './command-count.js';

const words = { queuePrefix: '{sluice}:generate-default:', jobWord: '{sluice}:job:' };
const sent = (...command: string[]): MonitoredCommand => ({ isFromScript: false, words: command });
const scripted = (...command: string[]): MonitoredCommand => ({ isFromScript: true, words: command });

describe('countCommands', () => {
  it('tells the queue’s commands, a job’s and shared ones apart', () => {
    const commands = [
      sent('evalsha', 'sha', '7', '{sluice}:job:job_1', '{sluice}:unsettled'),
      sent('bzpopmin', '{sluice}:generate-default:marker', '5'),
      sent('xreadgroup', 'GROUP', 'recorder', 'w', 'STREAMS', '{sluice}:events', '>'),
      scripted('hset', '{sluice}:job:job_1', 'status', 'queued'),
    ];
    expect(countCommands(commands, words)).toEqual({ queue: 1, job: 1, shared: 1, inScripts: 1 });
  });

  it('gives a queue’s script that names a job to the queue', () => {
    const add = sent('evalsha', 'sha', '2', '{sluice}:generate-default:meta', '{sluice}:job:job_1');
    expect(countCommands([add], words)).toMatchObject({ queue: 1, job: 0 });
  });
});

describe('perJob', () => {
  it('divides every count by the jobs', () => {
    const count = { queue: 8, job: 6, shared: 1, inScripts: 40 };
    expect(perJob(count, 2)).toEqual({ queue: 4, job: 3, shared: 0.5, inScripts: 20 });
  });
});
