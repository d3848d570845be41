import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askToEnd } from './controllers.js';
import type { Etcd } from './etcd.js';
import type { FakeObject, FakePod } from './objects.js';
import { type Rule, allows } from './rules.js';

const ROUTE =
  /^\/(?:api|apis\/(?<group>[^/]+))\/v1\/namespaces\/(?<namespace>[^/]+)\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[a-z]+))?$/;

const VERBS: Partial<Record<string, string>> = {
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

interface Call {
  readonly method: string;
  readonly verb: string;
  readonly group: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly body: { readonly metadata?: { readonly resourceVersion?: string } };
}

class Refused extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** An API server over HTTP, with the part of its protocol that the driver speaks, and its ways to say no. */
export class ApiServer {
  token = 'token-1';
  /** What the service account may do; null: everything. */
  rules: readonly Rule[] | null = null;
  /** `verb resource` of all that was asked. */
  readonly asked: string[] = [];
  /** How the next calls of a verb are refused. */
  readonly troubles: { verb: string; code: number; times: number; retryAfterS?: number }[] = [];
  /** Takes calls and says nothing. */
  isSilent = false;
  /** Called between reading and writing, once. */
  meddle: (() => void) | null = null;
  /** Called before the next watch begins, once. */
  beforeWatch: (() => void) | null = null;
  private readonly server: Server;
  private readonly watches = new Set<ServerResponse>();

  constructor(private readonly etcd: Etcd) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** As when a load balancer in front of it is restarted. */
  cutWatches(): void {
    for (const watch of this.watches) watch.destroy();
  }

  /** How many watches go on. */
  get watching(): number {
    return this.watches.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isSilent) return;
    try {
      const call = await this.read(request);
      if (call.verb === 'watch') this.watch(call, response);
      else reply(response, 200, this.act(call));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, reason, message } = error;
      const after = this.troubles.find((trouble) => trouble.code === code)?.retryAfterS;
      if (after !== undefined) response.setHeader('retry-after', String(after));
      reply(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
    }
  }

  private async read(request: IncomingMessage): Promise<Call> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      throw new Refused(401, 'Unauthorized', 'Unauthorized');
    }
    const url = new URL(request.url ?? '', 'http://server');
    const part: Partial<Record<string, string>> = ROUTE.exec(url.pathname)?.groups ?? {};
    const { group = '', namespace = '', resource = '', name, sub } = part;
    const method = request.method ?? '';
    const verb = verbOf(method, name, url.searchParams);
    const full = sub === undefined ? resource : `${resource}/${sub}`;
    this.asked.push(`${verb} ${full}`);
    if (this.rules !== null && !allows(this.rules, { group, resource: full, verb })) {
      const who = 'User "system:serviceaccount:sluice:sluice-scaler"';
      const what = `cannot ${verb} resource "${full}" in API group "${group}" in the namespace "${namespace}"`;
      throw new Refused(403, 'Forbidden', `${full} is forbidden: ${who} ${what}`);
    }
    const trouble = this.troubles.find((one) => one.verb === verb && one.times > 0);
    if (trouble !== undefined) {
      trouble.times -= 1;
      throw new Refused(trouble.code, 'Trouble', 'as the test wants it');
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const body = (text === '' ? {} : JSON.parse(text)) as Call['body'];
    return { method, verb, group, namespace, resource: full, name, query: url.searchParams, body };
  }

  private act(call: Call): unknown {
    if (call.namespace !== 'sluice') throw new Refused(404, 'NotFound', `no namespace ${call.namespace}`);
    switch (`${call.verb} ${call.resource}`) {
      case 'get deployments':
        return this.found('Deployment', call.name);
      case 'list replicasets':
        return this.list('ReplicaSet', call.query);
      case 'list pods':
        return this.list('Pod', call.query);
      case 'get deployments/scale':
        return this.scaleOf(call.name);
      case 'update deployments/scale':
        return this.setScale(call);
      case 'patch pods':
        return this.patch(call);
      case 'delete pods':
        return this.delete(call);
      default:
        throw new Refused(404, 'NotFound', 'the server could not find the requested resource');
    }
  }

  private found<K extends FakeObject['kind']>(kind: K, name = ''): Extract<FakeObject, { kind: K }> {
    const object = this.etcd.get(kind, name);
    if (object === undefined) throw new Refused(404, 'NotFound', `${kind} "${name}" not found`);
    return object;
  }

  private list(kind: FakeObject['kind'], query: URLSearchParams): unknown {
    const items = this.etcd.list(kind).filter(selects(query));
    return { kind: `${kind}List`, metadata: { resourceVersion: String(this.etcd.now) }, items };
  }

  private scaleOf(name: string | undefined): unknown {
    const { metadata, spec } = this.found('Deployment', name);
    const { resourceVersion, namespace } = metadata;
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: metadata.name, namespace, resourceVersion },
      // Zero is left out, as Go's omitempty has it.
      spec: spec.replicas === 0 ? {} : { replicas: spec.replicas },
    };
  }

  private setScale({ name = '', body }: Call): unknown {
    this.meddle?.();
    this.meddle = null;
    const { metadata } = this.found('Deployment', name);
    if (body.metadata?.resourceVersion !== metadata.resourceVersion) {
      const because =
        'the object has been modified; please apply your changes to the latest version and try again';
      throw new Refused(
        409,
        'Conflict',
        `Operation cannot be fulfilled on deployments.apps "${name}": ${because}`,
      );
    }
    const { spec } = body as unknown as { spec: { replicas: number } };
    this.etcd.edit('Deployment', name, (deployment) => (deployment.spec.replicas = spec.replicas));
    return this.scaleOf(name);
  }

  private patch({ name = '', body }: Call): unknown {
    const { uid, annotations } = body.metadata as unknown as Pick<FakePod['metadata'], 'uid' | 'annotations'>;
    demandUid(this.found('Pod', name), uid);
    return this.etcd.edit('Pod', name, ({ metadata }) => Object.assign(metadata.annotations, annotations));
  }

  private delete({ name = '', body }: Call): unknown {
    const options = body as unknown as { preconditions: { uid: string }; gracePeriodSeconds?: number };
    demandUid(this.found('Pod', name), options.preconditions.uid);
    askToEnd(this.etcd, name, options.gracePeriodSeconds ?? null);
    return this.etcd.get('Pod', name) ?? {};
  }

  private watch({ query }: Call, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    this.watches.add(response);
    this.beforeWatch?.();
    this.beforeWatch = null;
    let seen = Number(query.get('resourceVersion'));
    if (this.etcd.hasForgotten(seen)) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const tell = (): void => {
      const changes = this.etcd.since(seen);
      seen = this.etcd.now;
      for (const { type, object } of changes) {
        if (object.kind === 'Pod' && selects(query)(object)) {
          response.write(`${JSON.stringify({ type, object })}\n`);
        }
      }
    };
    this.etcd.told.on('change', tell);
    response.on('close', () => {
      this.etcd.told.off('change', tell);
      this.watches.delete(response);
    });
    response.flushHeaders();
    tell();
  }
}

function demandUid({ metadata }: FakePod, uid: string): void {
  if (metadata.uid === uid) return;
  throw new Refused(409, 'Conflict', `the UID in the precondition (${uid}) does not match the UID in record`);
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): string {
  if (method === 'GET' && name === undefined) return query.get('watch') === 'true' ? 'watch' : 'list';
  return VERBS[method] ?? 'unknown';
}

const selects =
  (query: URLSearchParams) =>
  ({ metadata }: FakeObject): boolean =>
    (query.get('labelSelector') ?? '')
      .split(',')
      .filter(Boolean)
      .every((pair) => {
        const [label = '', value] = pair.split('=');
        return metadata.labels[label] === value;
      });

function reply(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
