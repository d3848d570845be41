import { describe, expect, it } from '@jest/globals';
import type { OutcomeClass } from '#common/contracts/worker-presence.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { backendParts, failureParts, tenantsToShow, toldDecisions, workerParts } from './parts.policy.js';
import type { DecisionPart, FailurePart } from './snapshot.js';

const decision = (id: number, change: Partial<DecisionPart> = {}): DecisionPart => ({
  id: String(id),
  pool: 'default',
  at_ms: id,
  action: 'hold',
  mode: 'full',
  current: 2,
  desired: 2,
  summary: '',
  reasons: ['needs 1.2 workers'],
  ...change,
});

describe('the decisions that are told', () => {
  it('leave out those that only repeat, whatever their numbers, and keep every step', () => {
    const newestFirst = [
      decision(6),
      decision(5, { reasons: ['needs 1.9 workers'] }),
      decision(4, { action: 'up', desired: 3 }),
      decision(3, { action: 'up', desired: 3 }),
      decision(2, { reasons: ['needs 1.4 workers'] }),
      decision(1),
    ];
    expect(toldDecisions(newestFirst).map(({ id }) => id)).toEqual(['5', '4', '3', '1']);
  });

  it('are of each pool apart', () => {
    expect(toldDecisions([decision(2, { pool: 'large' }), decision(1)])).toHaveLength(2);
  });
});

describe('the tenants that are shown', () => {
  it('are those farthest ahead of the clock, then those whose jobs end most often', () => {
    const lags = [
      { tenant: 'a', lag_jobs: 2 },
      { tenant: 'b', lag_jobs: 5 },
      { tenant: 'a', lag_jobs: 9 },
    ];
    expect(tenantsToShow(lags, ['c', 'b', 'd'], 3)).toEqual([
      { tenant: 'a', lag_jobs: 9 },
      { tenant: 'b', lag_jobs: 5 },
      { tenant: 'c', lag_jobs: 0 },
    ]);
  });
});

describe('the failures that are shown', () => {
  const failure = (job_id: string, at_ms: number): FailurePart => ({
    job_id,
    at_ms,
    pool: 'default',
    model: null,
    backend: null,
    client_id: null,
    code: 'job_lost',
    sentence: '',
    attempts: null,
  });

  it('name each job once, the newest first', () => {
    const parts = failureParts([failure('a', 1), failure('b', 3)], [failure('a', 1), failure('c', 2)]);
    expect(parts.map(({ job_id }) => job_id)).toEqual(['b', 'c', 'a']);
  });
});

describe('a backend', () => {
  const backend = (id: string, circuits: { model: string | null; state: string }[] = []) => ({
    id,
    kind: 'openai',
    source: 'file' as const,
    state: 'active' as const,
    models: [],
    problem: null,
    health: { state: 'well' as const, checked_at: null },
    circuits,
    active: 1,
    workers: 2,
  });

  it('has the worst of its circuits, its share of jobs, and the least that is admitted for it', () => {
    const open = [
      { model: 'm1', state: 'half-open' },
      { model: 'm2', state: 'open' },
    ];
    const parts = backendParts({
      backends: [backend('a', open), backend('b')],
      adaptive: [
        { backend: 'a', model: 'm1', factor: 0.4 },
        { backend: 'a', model: 'm2', factor: 0.7 },
      ],
      shares: new Map([['b', 1]]),
      connectionsMax: new Map([['a', 10]]),
    });
    expect(
      parts.map(({ circuit, share, admits, max_connections: max }) => [circuit, share, admits, max]),
    ).toEqual([
      ['open', 0, 0.4, 10],
      ['closed', 1, 1, null],
    ]);
  });

  it('has no share while no job ended', () => {
    const parts = backendParts({
      backends: [backend('a')],
      adaptive: [],
      shares: new Map(),
      connectionsMax: new Map(),
    });
    expect(parts[0]?.share).toBeNull();
  });
});

describe('a list of workers', () => {
  const worker = (at: number, outcomes: Partial<Record<OutcomeClass, number>> = {}) =>
    presenceOf(`w${String(at).padStart(3, '0')}`, { slots: 4, outcomes });

  it('is cut, and says how many it leaves out', () => {
    const { parts, leftOut } = workerParts(Array.from({ length: 203 }, (_, at) => worker(203 - at)));
    expect([parts.length, leftOut, parts[0]?.id]).toEqual([200, 3, 'w001']);
  });

  it('tells calls and how many failed; a job that no backend could take was no call', () => {
    const { parts } = workerParts([
      worker(1, { succeeded: 3, timeout: 1, backend_5xx: 1, no_backend: 7 }),
      worker(2, { no_backend: 2 }),
      worker(3),
    ]);
    expect(parts.map(({ calls, failed_calls: failed }) => [calls, failed])).toEqual([
      [5, 2],
      [0, 0],
      [0, 0],
    ]);
  });
});
