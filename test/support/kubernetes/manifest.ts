import type { Container, EnvVar, PodTemplateSpec } from 'kubernetes-types/core/v1.js';

/** An object as kubectl sends it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** A manifest that makes pods. */
export interface Workload extends Manifest {
  readonly spec: {
    readonly selector?: unknown;
    readonly template: Required<Pick<PodTemplateSpec, 'metadata' | 'spec'>>;
  };
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'Job'];

export const workloadsOf = (manifests: readonly Manifest[]): readonly Workload[] =>
  manifests.filter(({ kind }) => WORKLOADS.includes(kind)) as unknown as readonly Workload[];

export const labelsOf = ({ spec }: Workload): Readonly<Record<string, string>> =>
  spec.template.metadata.labels ?? {};

export function onlyContainerOf({ spec, metadata }: Workload): Container {
  const [container, ...others] = spec.template.spec.containers;
  if (container === undefined || others.length > 0) throw new Error(`${metadata.name}: not one container`);
  return container;
}

/** Its whole environment, from ConfigMaps too. Of secrets and fields of the pod there is the source. */
export function environmentOf(
  workload: Workload,
  manifests: readonly Manifest[],
): ReadonlyMap<string, EnvVar> {
  const { env = [], envFrom = [] } = onlyContainerOf(workload);
  const maps = envFrom.map(({ configMapRef }) => {
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name,
    );
    if (map === undefined)
      throw new Error(`${workload.metadata.name}: no ConfigMap ${configMapRef?.name ?? ''}`);
    return Object.entries(map.data ?? {}).map(([name, value]) => ({ name, value }));
  });
  return new Map([...maps.flat(), ...env].map((one) => [one.name, one]));
}
