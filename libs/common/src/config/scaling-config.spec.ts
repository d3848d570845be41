import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { configFile } from './config-file.js';
import { poolScaling, scalerSection } from './scaling-config.js';

/** The problems of a pool's scaling, as [place, sentence]. */
function problemsOf(scaling: unknown): [string, string][] {
  const file = configFile.safeParse({ pools: { default: { models: ['*'], scaling } } });
  return (file.error?.issues ?? []).map(({ path, message }) => [path.slice(3).join('.'), message]);
}

describe('the scaling of a pool', () => {
  it('is between one and four workers by the policy slo, balanced, when nothing is said', () => {
    expect(configFile.parse({}).pools['default']?.scaling).toMatchObject({
      policy: 'slo',
      profile: 'balanced',
      min: 1,
      max: 4,
      schedules: [],
    });
  });

  it('has the original system’s thresholds', () => {
    expect(poolScaling.parse({}).threshold).toEqual({
      cpu_up: 0.7,
      memory_up: 0.8,
      response_up_seconds: 2,
      cpu_down: 0.3,
      memory_down: 0.4,
      response_down_seconds: 1,
      cooldown_seconds: 300,
    });
  });

  it.each([
    ['fewer at most than at least', { min: 5, max: 2 }, 'min', 'must not be greater than max'],
    [
      'more without sight than at most',
      { fallback_workers: 9 },
      'fallback_workers',
      'must not be greater than max',
    ],
    [
      'more at some time than at most',
      { schedules: [{ cron: '@daily', minutes: 5, min: 9 }] },
      'schedules.0.min',
      'must not be greater than max',
    ],
    ['a policy that is none', { policy: 'magic' }, 'policy', /"slo"\|"threshold"\|"queue"/],
    ['a profile that is none', { profile: 'fast' }, 'profile', /"cost"\|"balanced"\|"latency"/],
    ['no workers at all', { min: 0, fallback_workers: 0, max: 0 }, 'max', />0/],
    ['a million workers', { max: 1_000_000 }, 'max', /<=10000/],
    ['half a worker', { min: 0.5 }, 'min', /expected int/],
    ['a promise to everybody', { share_over: 0 }, 'share_over', />0/],
    ['a share that is a percentage', { share_over: 25 }, 'share_over', /<1/],
    ['no time to wait', { wait_seconds: 0 }, 'wait_seconds', />0/],
    ['a field that is none', { wait_second: 3 }, '', 'Unrecognized key: "wait_second"'],
    [
      'a time that is none',
      { schedules: [{ cron: '61 * * * *', minutes: 5, min: 2 }] },
      'schedules.0.cron',
      'is no cron expression',
    ],
    [
      'a date for a schedule',
      { schedules: [{ cron: '2027-01-01T00:00:00', minutes: 5, min: 2 }] },
      'schedules.0.cron',
      'is no cron expression',
    ],
    [
      'a place that is none',
      { schedules: [{ cron: '@daily', minutes: 5, min: 2, timezone: 'Mars/Base' }] },
      'schedules.0.timezone',
      'is no time zone, such as Europe/Berlin',
    ],
    [
      'thresholds that cross',
      { threshold: { cpu_down: 0.8 } },
      'threshold.cpu_down',
      'must be less than cpu_up',
    ],
  ])('is refused with %s, at its place', (_, scaling, place, because) => {
    const because_ = typeof because === 'string' ? because : expect.stringMatching(because);
    expect(problemsOf(scaling)).toEqual([[place, because_]]);
  });
});

describe('the section scaler', () => {
  it.each([
    [
      'a service for a pool that is not there',
      { swarm: { services: { gold: 'x' } } },
      'there is no such pool',
    ],
    [
      'a Deployment for a pool that is not there',
      { kubernetes: { deployments: { gold: 'x' } } },
      'there is no such pool',
    ],
    [
      'a Deployment whose name Kubernetes would not take',
      { kubernetes: { deployments: { default: 'Worker_1' } } },
      'is no name of Kubernetes',
    ],
    ['an address that is not Redis’s', { docker: { redis_url: 'http://redis:6379' } }, /URL/],
    ['an endless tick', { tick_seconds: 3_600 }, /<=10/],
    ['nothing to spend', { budget: 0 }, />0/],
  ])('is refused with %s', (_, scaler, because) => {
    const message = typeof because === 'string' ? because : expect.stringMatching(because);
    expect(configFile.safeParse({ scaler }).error?.issues).toEqual([expect.objectContaining({ message })]);
  });
});

/** Every field there is stands in the example, so that nobody has to read the code to find one. */
describe('sluice.config.example.yaml', () => {
  const text = readFileSync(new URL('../../../../sluice.config.example.yaml', import.meta.url), 'utf8');
  const { pools, scaler } = parse(text) as {
    pools: { default: { scaling: Record<string, object> } };
    scaler: Record<string, object>;
  };
  const { scaling } = pools.default;
  const fields = (shown: object | undefined): string[] => Object.keys(shown ?? {}).sort();
  const fieldsOf = (schema: { readonly shape: object }): string[] => fields(schema.shape);

  it('shows every field of scaling', () => {
    const { threshold, queue, schedules } = poolScaling.shape;
    expect(fields(scaling)).toEqual(fieldsOf(poolScaling));
    expect(fields(scaling['threshold'])).toEqual(fieldsOf(threshold.unwrap()));
    expect(fields(scaling['queue'])).toEqual(fieldsOf(queue.unwrap()));
    expect(Object.values(scaling['schedules'] ?? {}).map(fields)).toEqual([
      fieldsOf(schedules.unwrap().element),
    ]);
  });

  it('shows every field of scaler', () => {
    const { docker, swarm, kubernetes } = scalerSection.shape;
    expect(fields(scaler)).toEqual(fieldsOf(scalerSection));
    expect(fields(scaler['docker'])).toEqual(fieldsOf(docker.unwrap()));
    expect(fields(scaler['swarm'])).toEqual(fieldsOf(swarm.unwrap()));
    expect(fields(scaler['kubernetes'])).toEqual(fieldsOf(kubernetes.unwrap()));
  });

  it('shows the default wherever there is one', () => {
    const { schedules, ...defaults } = poolScaling.parse({});
    expect(schedules).toEqual([]);
    expect(poolScaling.parse(scaling)).toMatchObject(defaults);
  });
});
