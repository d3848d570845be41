import { z } from 'zod';
import {
  type DeploymentDetails,
  type Pod,
  type Scale,
  deploymentDetails,
  pod,
  podList,
  replicaSetList,
  scale,
} from './cluster-answers.js';
import type { ClusterApi, Question } from './cluster-api.js';
import { isConflict, undefinedWhenGone } from './cluster-trouble.js';
import { COST, EPOCH, LEAVING_COST, TEMPLATE } from './pod-life.js';

/** So often is a number set again that somebody else's was quicker than. */
const TRIES_MAX = 5;
const REVISION = 'deployment.kubernetes.io/revision';

export interface Fleet {
  readonly deployment: DeploymentDetails;
  /** Of the template that a new pod would be made of; null until the controller has seen it. */
  readonly template: string | null;
  readonly pods: readonly Pod[];
  /** Whoever watches from here on misses nothing. */
  readonly version: string;
}

/** One Deployment and its pods. It touches no others. Every call throws ClusterTrouble. */
export class WorkerPods {
  private readonly apps: string;
  private readonly core: string;

  constructor(
    private readonly api: ClusterApi,
    private readonly name: string,
    namespace: string,
  ) {
    this.apps = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}`;
    this.core = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  }

  async read(): Promise<Fleet> {
    const deployment = await this.deployment();
    const selector = selectorOf(deployment);
    const [sets, listed] = await Promise.all([
      this.get('list replicasets', `${this.apps}/replicasets?${selector}`, replicaSetList),
      this.get('list pods', `${this.core}/pods?${selector}`, podList),
    ]);
    const ours = sets.items.filter(({ metadata }) => isOwned(metadata, deployment.metadata.uid));
    const revision = deployment.metadata.annotations?.[REVISION];
    const newest = ours.find(({ metadata }) => metadata.annotations?.[REVISION] === revision);
    return {
      deployment,
      template: newest?.metadata.labels?.[TEMPLATE] ?? null,
      pods: listed.items.filter(({ metadata }) => ours.some((set) => isOwned(metadata, set.metadata.uid))),
      version: listed.metadata.resourceVersion,
    };
  }

  /** Changes the number, unless `edit` answers the same. A change by somebody else in between is seen by `edit` on the next try. */
  async scale(edit: (replicas: number) => number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const now = await this.get(
        'get deployments/scale',
        `${this.apps}/deployments/${this.name}/scale`,
        scale,
      );
      const replicas = edit(now.spec.replicas);
      if (replicas === now.spec.replicas) return;
      try {
        await this.set({ ...now, spec: { ...now.spec, replicas } });
        return;
      } catch (error) {
        if (!isConflict(error) || tries >= TRIES_MAX) throw error;
      }
    }
  }

  /** Makes it the first that a smaller number takes. */
  async markLeaving({ metadata }: Pod, epoch: number | null): Promise<void> {
    const by = epoch === null ? {} : { [EPOCH]: String(epoch) };
    const annotations = { [COST]: String(LEAVING_COST), ...by };
    await this.change(metadata.name, {
      method: 'PATCH',
      needs: 'patch pods',
      body: {
        type: 'application/merge-patch+json',
        content: { metadata: { uid: metadata.uid, annotations } },
      },
    });
  }

  /** Its worker is asked to end, and killed after the grace; `null` is the one that its template says. */
  async delete({ metadata }: Pod, graceS: number | null): Promise<void> {
    const grace = graceS === null ? {} : { gracePeriodSeconds: graceS };
    await this.change(metadata.name, {
      method: 'DELETE',
      needs: 'delete pods',
      body: {
        type: 'application/json',
        content: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: metadata.uid },
          ...grace,
        },
      },
    });
  }

  /** Every change of a pod since that version, as lines of a watch. */
  watch({ deployment, version }: Fleet, forS: number, end: AbortSignal): AsyncIterable<string> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${forS}`;
    const path = `${this.core}/pods?${selectorOf(deployment)}&${query}`;
    return this.api.lines({ what: `watch the pods of ${this.name}`, needs: 'watch pods', path }, end);
  }

  private deployment(): Promise<DeploymentDetails> {
    return this.get('get deployments', `${this.apps}/deployments/${this.name}`, deploymentDetails);
  }

  private get<T>(needs: string, path: string, shape: z.ZodType<T>): Promise<T> {
    return this.api.ask({ what: `look at the deployment ${this.name}`, needs, method: 'GET', path, shape });
  }

  private async set(body: Scale): Promise<void> {
    await this.api.ask({
      what: `set the replicas of the deployment ${this.name} to ${body.spec.replicas}`,
      needs: 'update deployments/scale',
      method: 'PUT',
      path: `${this.apps}/deployments/${this.name}/scale`,
      body: { type: 'application/json', content: body },
      shape: scale,
    });
  }

  /** Nothing happens to a pod that is gone, or whose name another one has by now. */
  private async change(
    name: string,
    { needs, method, body }: Pick<Question<unknown>, 'needs' | 'method' | 'body'>,
  ): Promise<void> {
    const path = `${this.core}/pods/${encodeURIComponent(name)}`;
    const what = `${method === 'PATCH' ? 'mark' : 'delete'} the pod ${name}`;
    const shape = z.union([pod, z.looseObject({})]);
    try {
      await this.api.ask({ what, needs, method, path, shape, ...(body === undefined ? {} : { body }) });
    } catch (error) {
      if (!isConflict(error)) undefinedWhenGone(error);
    }
  }
}

const isOwned = ({ ownerReferences }: Pick<Pod['metadata'], 'ownerReferences'>, uid: string): boolean =>
  (ownerReferences ?? []).some((owner) => owner.uid === uid && owner.controller === true);

function selectorOf({ spec }: DeploymentDetails): string {
  const labels = Object.entries(spec.selector.matchLabels ?? {}).map(([label, value]) => `${label}=${value}`);
  return new URLSearchParams({ labelSelector: labels.join(',') }).toString();
}
