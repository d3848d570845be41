/** The parts of Kubernetes' objects that the fake cluster keeps. */
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller: boolean }[];
}

export interface Env {
  name: string;
  value?: string;
  valueFrom?: { fieldRef: { fieldPath: string } };
}

export interface PodSpec {
  nodeName?: string;
  terminationGracePeriodSeconds?: number;
  containers: { name: string; image: string; env: Env[] }[];
}

export interface Template {
  metadata: { labels: Record<string, string> };
  spec: PodSpec;
}

interface ContainerState {
  waiting?: { reason: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; reason: string; finishedAt: string };
}

export interface FakePod {
  kind: 'Pod';
  metadata: Metadata;
  spec: PodSpec;
  status: {
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    conditions: { type: string; status: 'True' | 'False' }[];
    containerStatuses?: {
      name: string;
      ready: boolean;
      restartCount: number;
      state: ContainerState;
      lastState: ContainerState;
    }[];
  };
}

export interface FakeReplicaSet {
  kind: 'ReplicaSet';
  metadata: Metadata;
  spec: { replicas: number; template: Template };
}

export interface FakeDeployment {
  kind: 'Deployment';
  metadata: Metadata;
  spec: { replicas: number; selector: { matchLabels: Record<string, string> }; template: Template };
}

export type FakeObject = FakePod | FakeReplicaSet | FakeDeployment;

export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: FakeObject;
}
