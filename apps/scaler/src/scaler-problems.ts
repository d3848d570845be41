import { Cron } from 'croner';
import type { z } from 'zod';
import type { ConfigFile } from '#common/config/config-file.js';
import type { scalerEnvironment } from '#common/config/environment.js';
import type { PoolScalingConfig, ScheduleConfig } from '#common/config/scaling-config.js';

type Environment = z.infer<typeof scalerEnvironment>;

/** Sentences about what is valid in itself and cannot work together. */
export function scalerProblems(environment: Environment, { pools, scaler }: ConfigFile): string[] {
  const scalings = Object.entries(pools).map(([pool, { scaling }]) => [pool, scaling] as const);
  return [
    ...driverProblems(environment, Object.keys(pools), scaler.swarm.services),
    ...scalings.flatMap(([pool, scaling]) => poolProblems(`pools.${pool}.scaling`, scaling)),
    ...budgetProblems(
      scaler.budget,
      scalings.map(([, scaling]) => scaling),
    ),
  ];
}

function driverProblems(
  { SCALER_DRIVER, DOCKER_HOST }: Environment,
  pools: readonly string[],
  services: Readonly<Record<string, string>>,
): string[] {
  const unknown = Object.keys(services).filter((pool) => !pools.includes(pool));
  const problems = unknown.map((pool) => `scaler.swarm.services.${pool}: there is no such pool`);
  const isSwarm = SCALER_DRIVER === 'swarm';
  const homeless = isSwarm ? pools.filter((pool) => !Object.hasOwn(services, pool)) : [];
  problems.push(
    ...homeless.map(
      (pool) => `scaler.swarm.services.${pool}: SCALER_DRIVER=swarm needs the service of each pool`,
    ),
  );
  const named = Object.values(services);
  if (isSwarm && new Set(named).size < named.length) {
    problems.push('scaler.swarm.services: two pools have the same service');
  }
  const dockerHost = DOCKER_HOST === undefined ? null : dockerHostProblem(DOCKER_HOST);
  if (dockerHost !== null) problems.push(`DOCKER_HOST: ${dockerHost}`);
  return problems;
}

function dockerHostProblem(text: string): string | null {
  const { protocol, host, pathname } = new URL(text);
  if (protocol === 'unix:') {
    return host === '' && pathname.length > 1 ? null : 'a socket is named as unix:///path/to/docker.sock';
  }
  return host === '' || pathname.length > 1 ? `an engine is named as ${protocol}//host:port` : null;
}

function poolProblems(path: string, { max, fallback_workers, schedules }: PoolScalingConfig): string[] {
  const problems = schedules.flatMap((schedule, at) =>
    scheduleProblems(`${path}.schedules.${at}`, schedule, max),
  );
  if (fallback_workers > max) problems.push(`${path}.fallback_workers: must not be greater than max`);
  return problems;
}

function scheduleProblems(path: string, { cron, timezone, min }: ScheduleConfig, max: number): string[] {
  const problems: string[] = [];
  if (!isCron(cron)) problems.push(`${path}.cron: ${cron} is no cron expression`);
  if (!isTimezone(timezone)) problems.push(`${path}.timezone: ${timezone} is no timezone of IANA's`);
  if (min > max) problems.push(`${path}.min: must not be greater than the pool's max`);
  return problems;
}

function budgetProblems(budget: number | undefined, scalings: readonly PoolScalingConfig[]): string[] {
  if (budget === undefined) return [];
  const least = scalings.reduce((sum, { min, worker_cost }) => sum + min * worker_cost, 0);
  return least > budget ? [`scaler.budget: the pools' min workers together cost ${least} already`] : [];
}

function isCron(expression: string): boolean {
  try {
    new Cron(expression, { paused: true });
    return true;
  } catch {
    return false;
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
