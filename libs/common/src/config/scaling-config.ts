import { Cron } from 'croner';
import { z } from 'zod';
import { SCALING_POLICIES, SCALING_PROFILES } from '#common/contracts/scaling.js';
import { count } from './words.js';

const seconds = z.number().positive();
const share = z.number().gt(0).lt(1);

const isAccepted = (attempt: () => unknown): boolean => {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
};
/** Croner also takes a date, which is no schedule. */
const isCron = (text: string): boolean =>
  !text.includes(':') && isAccepted(() => new Cron(text, { mode: '5-or-6-parts', paused: true }));
const isTimezone = (timeZone: string): boolean =>
  isAccepted(() => new Intl.DateTimeFormat('en', { timeZone }));

/** Keeps at least `min` workers for `minutes` from each moment that the cron expression names. */
const schedule = z.strictObject({
  cron: z.string().refine(isCron, 'is no cron expression'),
  minutes: count.max(7 * 24 * 60),
  min: count,
  /** IANA name. */
  timezone: z.string().refine(isTimezone, 'is no time zone, such as Europe/Berlin').default('UTC'),
});
export type ScheduleConfig = z.infer<typeof schedule>;

const mustBeLess = (low: string, high: string) => ({ message: `must be less than ${high}`, path: [low] });

/** The original system's numbers. */
const threshold = z
  .strictObject({
    cpu_up: share.default(0.7),
    memory_up: share.default(0.8),
    response_up_seconds: seconds.default(2),
    cpu_down: share.default(0.3),
    memory_down: share.default(0.4),
    response_down_seconds: seconds.default(1),
    cooldown_seconds: seconds.default(300),
  })
  .refine(({ cpu_up, cpu_down }) => cpu_down < cpu_up, mustBeLess('cpu_down', 'cpu_up'))
  .refine(({ memory_up, memory_down }) => memory_down < memory_up, mustBeLess('memory_down', 'memory_up'))
  .refine(
    ({ response_up_seconds: up, response_down_seconds: down }) => down < up,
    mustBeLess('response_down_seconds', 'response_up_seconds'),
  );

const queue = z.strictObject({
  depth_per_worker: z.number().positive().default(10),
  wait_seconds: seconds.default(15),
  error_share: share.default(0.5),
  cooldown_seconds: seconds.default(60),
});

/** How the number of a pool's workers follows its load. What is left out of the SLO numbers comes from the profile. */
export const poolScaling = z
  .strictObject({
    policy: z.enum(SCALING_POLICIES).default('slo'),
    profile: z.enum(SCALING_PROFILES).default('balanced'),
    min: z.number().int().nonnegative().default(1),
    max: count.max(10_000).default(4),
    /** Slots of a new worker; by default WORKER_SLOTS. */
    slots: count.max(1_000).optional(),
    /** The promise: at most `share_over` of the jobs wait longer than this. */
    wait_seconds: seconds.optional(),
    share_over: share.optional(),
    down_window_seconds: seconds.optional(),
    surge_freeze_seconds: seconds.optional(),
    idle_seconds: seconds.optional(),
    /** Longest that a leaving worker may finish what it runs; then it hands its jobs back. */
    drain_seconds_max: seconds.default(600),
    /** Workers to have when nothing could be read for ten ticks; never fewer than there are. */
    fallback_workers: z.number().int().nonnegative().default(1),
    /** What a worker of this pool costs against the budget. */
    worker_cost: z.number().positive().default(1),
    forecast: z.boolean().default(true),
    schedules: z.array(schedule).default([]),
    threshold: threshold.prefault({}),
    queue: queue.prefault({}),
  })
  .superRefine(({ min, max, fallback_workers, schedules }, context) => {
    const floors: [number, (string | number)[]][] = [
      [min, ['min']],
      [fallback_workers, ['fallback_workers']],
      ...schedules.map((each, index): [number, (string | number)[]] => [
        each.min,
        ['schedules', index, 'min'],
      ]),
    ];
    for (const [floor, path] of floors) {
      if (floor > max) context.addIssue({ code: 'custom', message: 'must not be greater than max', path });
    }
  });
export type PoolScalingConfig = z.infer<typeof poolScaling>;

const docker = z.strictObject({
  image: z.string().default('sluice-worker'),
  /** Network that the workers join; Docker's default when it is left out. */
  network: z.string().optional(),
  cpus: z.number().positive().optional(),
  memory_mb: count.optional(),
  /** Environment of the workers, besides what they need to find Redis. */
  env: z.record(z.string(), z.string()).default({}),
  /** Keys of the scaler's own environment that the workers get with their values: the keys of backends, above all. */
  inherit: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of an environment key'))
    .optional(),
  /** Files and folders of the engine's machine that workers may read, as HOST:CONTAINER; such as this configuration. */
  mounts: z.array(z.string().regex(/^\/[^:]*:\/[^:]+$/, 'use /of/the/host:/in/the/container')).default([]),
  /** Where the containers find Redis, when that is not where the scaler finds it. */
  redis_url: z.url({ protocol: /^rediss?$/ }).optional(),
  /** Whether the workers go on when the leading scaler is told to stop; true when it is left out. */
  outlive_scaler: z.boolean().optional(),
});
export type DockerConfig = z.infer<typeof docker>;

const dnsName = z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'is no name of Kubernetes');

const kubernetes = z.strictObject({
  /** Where the Deployments are; by default where the scaler's service account is, or what the kubeconfig says. */
  namespace: dnsName.optional(),
  /** The Deployment of each pool; of a pool that is not named `sluice-worker-<pool>`. */
  deployments: z.record(z.string(), dnsName).default({}),
  /** The container of its pods in which the worker runs. */
  container: dnsName.default('worker'),
});

export const scalerSection = z.strictObject({
  tick_seconds: z.number().min(0.5).max(10).default(2),
  /** What all pools' workers together may cost (worker_cost each). */
  budget: z.number().positive().optional(),
  docker: docker.prefault({}),
  /** The Swarm service of each pool that the driver scales. */
  swarm: z.strictObject({ services: z.record(z.string(), z.string()).default({}) }).prefault({}),
  kubernetes: kubernetes.prefault({}),
});
export type ScalerSection = z.infer<typeof scalerSection>;
