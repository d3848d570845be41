import { z } from 'zod';

const owner = z.object({ uid: z.string(), controller: z.boolean().nullish() });

const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z.array(owner).nullish(),
});

const container = z.object({
  name: z.string(),
  env: z
    .array(
      z.object({
        name: z.string(),
        valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

export const deploymentDetails = z.object({
  metadata,
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).nullish() }),
    template: z.object({ spec: z.object({ containers: z.array(container) }) }),
  }),
});
export type DeploymentDetails = z.infer<typeof deploymentDetails>;

export const replicaSetList = z.object({ items: z.array(z.object({ metadata })) });

const terminated = z.object({ exitCode: z.number(), finishedAt: z.string().nullish() });
const containerState = z.object({
  running: z.object({}).nullish(),
  terminated: terminated.nullish(),
});

export const pod = z.object({
  metadata,
  spec: z.object({ nodeName: z.string().nullish() }),
  status: z.object({
    phase: z.string().default('Unknown'),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    containerStatuses: z
      .array(
        z.object({
          name: z.string(),
          restartCount: z.number(),
          state: containerState.nullish(),
          lastState: containerState.nullish(),
        }),
      )
      .nullish(),
  }),
});
export type Pod = z.infer<typeof pod>;

export const podList = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(pod) });

/** One line of a watch. */
export const watchEvent = z.object({ type: z.string(), object: z.unknown() });

/** Sent back whole with another number. Its version makes a change of somebody else in between a conflict. */
export const scale = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z.looseObject({ replicas: z.number().int().nonnegative().default(0) }),
});
export type Scale = z.infer<typeof scale>;

/** How an API server says no. */
export const refusal = z.object({ message: z.string() });
