import { z } from 'zod';

const containerSpec = z.looseObject({ Image: z.string(), Env: z.array(z.string()).nullish() });

/** Sent back whole when it is changed, so nothing of it may be lost. */
const serviceSpec = z.looseObject({
  Name: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  TaskTemplate: z.looseObject({ ContainerSpec: containerSpec, Resources: z.unknown() }),
  Mode: z.looseObject({ Replicated: z.looseObject({ Replicas: z.number().int().nonnegative() }).optional() }),
});
export type ServiceSpec = z.infer<typeof serviceSpec>;

export const serviceDetails = z.object({
  ID: z.string(),
  Version: z.object({ Index: z.number() }),
  Spec: serviceSpec,
});
export type ServiceDetails = z.infer<typeof serviceDetails>;

export const taskList = z.array(
  z.object({
    ID: z.string(),
    CreatedAt: z.string(),
    DesiredState: z.string(),
    Spec: z.looseObject({ ContainerSpec: containerSpec, Resources: z.unknown() }),
    Status: z.object({
      State: z.string(),
      Timestamp: z.string(),
      ContainerStatus: z
        .object({ ContainerID: z.string().optional(), ExitCode: z.number().optional() })
        .optional(),
    }),
  }),
);
export type SwarmTask = z.infer<typeof taskList>[number];
