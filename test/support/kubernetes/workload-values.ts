import type { EnvVar, Probe } from 'kubernetes-types/core/v1.js';
import { labelsOf, onlyContainerOf, type Workload } from './manifest.js';

/** What stands in a secret, by the key that a manifest names. */
const SECRETS: Readonly<Record<string, string>> = {
  'redis-url': 'rediss://:secret@redis.internal:6380',
  'database-url': 'postgresql://sluice:secret@postgres.internal:5432/sluice?sslmode=require',
  'migration-database-url': 'postgresql://owner:secret@postgres.internal:5432/sluice?sslmode=require',
  'api-key-secret': 'a secret of more than 16 characters',
  'admin-token': 'a token of more than 16 characters',
  'scaler-hook-token': 'a token of more than 16 characters',
  'openai-api-key': 'sk-of-somebody',
};

export const componentOf = (workload: Workload): string =>
  labelsOf(workload)['app.kubernetes.io/component'] ?? '';

export function probesOf(workload: Workload): Probe[] {
  const { startupProbe, livenessProbe, readinessProbe } = onlyContainerOf(workload);
  return [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe ?? []);
}

/** As the kubelet would put it into the environment. */
export function valueOf({ name, value, valueFrom }: EnvVar, workload: Workload): string {
  const field = valueFrom?.fieldRef?.fieldPath;
  const label = /^metadata\.labels\['(.+)'\]$/.exec(field ?? '')?.[1];
  const found =
    value ??
    SECRETS[valueFrom?.secretKeyRef?.key ?? ''] ??
    (field === 'metadata.name' ? `${workload.metadata.name}-x` : labelsOf(workload)[label ?? '']);
  if (found === undefined) throw new Error(`${workload.metadata.name}: ${name} comes from nowhere`);
  return found;
}
