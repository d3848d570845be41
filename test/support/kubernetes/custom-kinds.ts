import { z } from 'zod';

const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
});

const scalingRules = z.strictObject({
  stabilizationWindowSeconds: z.number().int().min(0).max(3_600),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).optional(),
  policies: z.array(
    z.strictObject({
      type: z.enum(['Pods', 'Percent']),
      value: z.number().int().positive(),
      periodSeconds: z.number().int().min(1).max(1_800),
    }),
  ),
});

/**
 * The fields that we use of KEDA's ScaledObject (https://keda.sh/docs/2.17/reference/scaledobject-spec/) with a trigger of the type
 * metrics-api (https://keda.sh/docs/2.17/scalers/metrics-api/).
 */
export const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({
      apiVersion: z.literal('apps/v1'),
      kind: z.literal('Deployment'),
      name: z.string(),
    }),
    pollingInterval: z.number().int().positive(),
    cooldownPeriod: z.number().int().nonnegative(),
    minReplicaCount: z.number().int().nonnegative(),
    maxReplicaCount: z.number().int().positive(),
    fallback: z.strictObject({
      failureThreshold: z.number().int().positive(),
      replicas: z.number().int().nonnegative(),
      behavior: z.enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower']),
    }),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({
        behavior: z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules }),
      }),
    }),
    triggers: z.array(
      z.strictObject({
        type: z.literal('metrics-api'),
        // A fallback is for this one; and `Value` would multiply the number by what there is.
        metricType: z.literal('AverageValue'),
        metadata: z.strictObject({
          url: z.url(),
          valueLocation: z.string(),
          // KEDA takes strings only.
          targetValue: z.string(),
        }),
      }),
    ),
  }),
});

const relabeling = z.strictObject({
  sourceLabels: z.array(z.string()),
  targetLabel: z.string(),
  replacement: z.string().optional(),
});

/**
 * The fields that we use of the Prometheus operator's PodMonitor
 * (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor).
 */
export const podMonitor = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PodMonitor'),
  metadata,
  spec: z.strictObject({
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    podMetricsEndpoints: z.array(
      z.strictObject({
        port: z.string(),
        path: z.string(),
        interval: z.string(),
        scrapeTimeout: z.string(),
        relabelings: z.array(relabeling),
      }),
    ),
  }),
});
