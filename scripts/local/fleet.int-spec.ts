import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/support/eventually.js';
import { Fleet } from './fleet.js';
import { commandOf, signalPid } from './pids.js';

/**
 * A process of ours as the launcher sees it: it says that it listens, and writes down when it begins and ends. A scaler
 * also has a worker, which does not end by itself.
 */
const PROCESS = `
const { appendFileSync } = require('node:fs');
const { fork } = require('node:child_process');
const note = (what) => appendFileSync(process.env.NOTES, what + ' ' + process.pid + '\\n');
const name = __filename.includes('/api/') ? 'api' : __filename.includes('/scaler/') ? 'scaler' : process.env.NAME ?? 'tell';
note(name);
if (name === 'scaler') fork(__filename.replace('/scaler/', '/worker/'), { detached: true, env: { ...process.env, NAME: 'worker' } });
process.on('SIGTERM', () => {
  if (name === 'worker') return;
  note(name + '-stopped');
  process.exit(0);
});
process.send({ kind: 'listening', port: 1 });
setInterval(() => undefined, 1000);
`;

let directory: string;
let notes: string;
let fleet: Fleet;
let said: string[];

const noted = (): string[] => readFileSync(notes, 'utf8').trim().split('\n');
const pidsOf = (name: string): number[] =>
  noted().flatMap((line) => (line.startsWith(`${name} `) ? [Number(line.split(' ')[1])] : []));
const isAlive = (pid: number): boolean => commandOf(pid) !== null;
const living = (name: string): number[] => pidsOf(name).filter(isAlive);

const untilThereIs = (name: string, pids: () => number[] = () => living(name)): Promise<number> =>
  eventually(`a ${name} to begin`, () => Promise.resolve(pids()[0] ?? null), { withinMs: 10_000 });

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-fleet-'));
  notes = path.join(directory, 'notes');
  appendFileSync(notes, '');
  for (const app of ['api', 'worker', 'scaler']) {
    mkdirSync(path.join(directory, 'apps', app, 'src'), { recursive: true });
    writeFileSync(path.join(directory, 'apps', app, 'src/main.js'), PROCESS);
  }
  said = [];
  fleet = new Fleet({
    root: directory,
    port: 0,
    environment: { PATH: process.env['PATH'], NOTES: notes },
    signal: new AbortController().signal,
    say: (line) => said.push(line),
  });
  await fleet.open();
});

afterEach(async () => {
  await fleet.kill();
  const left = () => ['api', 'scaler', 'worker', 'tell'].flatMap(pidsOf).filter(isAlive);
  try {
    // Whoever was killed a moment ago may still be seen.
    await eventually('all of them to end', () => (left().length === 0 ? true : null));
  } finally {
    for (const pid of left()) signalPid(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('the processes of npm start', () => {
  it('are stopped in order: what takes requests and jobs, and only then what records their ends', async () => {
    await fleet.stopIntake();
    expect(['api', 'scaler', 'tell'].map((name) => living(name).length)).toEqual([0, 0, 1]);
    await fleet.stopTelling();
    const ends = noted().flatMap((line) => /^(\S+)-stopped/.exec(line)?.[1] ?? []);
    expect(ends).toHaveLength(3);
    expect(ends.at(-1)).toBe('tell');
  });

  it('are gone when they are killed, the scaler’s workers too', async () => {
    const worker = await untilThereIs('worker');
    await fleet.kill();
    await eventually('the worker to end', () => Promise.resolve(isAlive(worker) ? null : true));
    expect(said).toEqual([]);
  });

  it('are there again, when the scaler has ended by itself, as another one', async () => {
    const [scaler = 0] = living('scaler');
    const orphan = await untilThereIs('worker');
    signalPid(scaler, 'SIGKILL');
    const next = await untilThereIs('scaler', () => living('scaler').filter((pid) => pid !== scaler));
    expect(next).not.toBe(scaler);
    expect(said[0]).toBe('The scaler ended by itself (signal SIGKILL): starting it again.');
    await eventually('word of it', () => Promise.resolve(said[1] ?? null));
    expect(said[1]).toMatch(/^The scaler is back \(metrics on /);
    signalPid(orphan, 'SIGKILL');
  });
});
