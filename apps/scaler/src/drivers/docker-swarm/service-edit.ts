import { createHash } from 'node:crypto';
import type { DrivenInstance } from '../driver.js';
import type { ServiceSpec, SwarmTask } from './swarm-answers.js';

/** What makes a worker of a service repeat the name under which its task is listed. */
export const INSTANCE_ENV = 'WORKER_INSTANCE={{.Task.ID}}';
/** The fencing token of the scaler that changed it last. */
const EPOCH = 'sluice.epoch';

const ENDED = ['complete', 'shutdown', 'failed', 'rejected', 'orphaned', 'remove'];

export const hasEnded = (task: SwarmTask): boolean => ENDED.includes(task.Status.State);

const isUnmade = (task: SwarmTask): boolean => (task.Status.ContainerStatus?.ContainerID ?? '') === '';

/** It ended, and not before it was to begin: of that nobody needs to hear. */
export const hasRun = (task: SwarmTask): boolean =>
  hasEnded(task) && !(isUnmade(task) && ['shutdown', 'remove'].includes(task.Status.State));

/** It is to run, and has no container yet. */
export const isComing = (task: SwarmTask): boolean =>
  !hasEnded(task) && task.DesiredState === 'running' && isUnmade(task);

export const saysItsName = (spec: ServiceSpec): boolean =>
  (spec.TaskTemplate.ContainerSpec.Env ?? []).includes(INSTANCE_ENV);

/** Null: the service is not of a kind that has a number of replicas. */
export const replicasOf = (spec: ServiceSpec): number | null => spec.Mode.Replicated?.Replicas ?? null;

/** The name of image, environment and limits. It gives no secret away. */
export function specOf({ ContainerSpec, Resources }: SwarmTask['Spec']): string {
  const parts = [ContainerSpec.Image, ContainerSpec.Env ?? [], Resources ?? {}];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** More replicas, or fewer when `by` is negative; never less than none. */
export function changedBy(spec: ServiceSpec, by: number, epoch: number): ServiceSpec {
  const replicas = Math.max(0, (replicasOf(spec) ?? 0) + by);
  return {
    ...spec,
    Labels: { ...spec.Labels, [EPOCH]: String(epoch) },
    Mode: { ...spec.Mode, Replicated: { ...spec.Mode.Replicated, Replicas: replicas } },
  };
}

/** Sets what a service without tasks lacks. One with tasks would start them all again. */
export function named(spec: ServiceSpec): ServiceSpec {
  const { TaskTemplate } = spec;
  const others = (TaskTemplate.ContainerSpec.Env ?? []).filter((env) => !env.startsWith('WORKER_INSTANCE='));
  const ContainerSpec = { ...TaskTemplate.ContainerSpec, Env: [...others, INSTANCE_ENV] };
  return { ...spec, TaskTemplate: { ...TaskTemplate, ContainerSpec } };
}

/** A shell's way to say which signal ended a process: 128 and its number. */
const SIGNALLED_MIN = 129;

export function instanceOf(task: SwarmTask): DrivenInstance {
  const code = task.Status.ContainerStatus?.ExitCode ?? null;
  const end = {
    code: code !== null && code >= SIGNALLED_MIN ? null : code,
    at_ms: Date.parse(task.Status.Timestamp),
  };
  return {
    name: task.ID,
    state: hasEnded(task) ? 'ended' : 'running',
    spec: specOf(task.Spec),
    born_ms: Date.parse(task.CreatedAt),
    ended: hasEnded(task) ? end : null,
  };
}
