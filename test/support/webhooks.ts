import pg from 'pg';
import { digest } from '#common/contracts/digest.js';
import { type WebhookDelivery, deliveryId } from '#common/contracts/webhook.js';
import { type Answer, generate, send } from './client.js';
import { bearer, createKey } from './keys.js';
import { Stack } from './stack.js';

/** An address of nobody's that the tests may register: it is never called. */
export const PUBLIC_URL = 'https://8.8.8.8/hook';

type Headers = Record<string, string>;

interface Call {
  readonly json?: unknown;
  readonly method?: string;
  readonly as?: Headers;
}

export const errorOf = ({ body }: Answer) => body['error'] as Record<string, unknown>;
export const textOf = ({ body }: Answer, field: string): string => String(body[field]);
export const listOf = ({ body }: Answer, name: string) => body[name] as Record<string, unknown>[];

/** An API with the tables of webhooks and two tenants, and nobody who would take a delivery from the queue. */
export class WebhookStack {
  /** The first tenant, as Redis and PostgreSQL name it. */
  readonly tenant = digest('tenant:first');

  private constructor(
    readonly stack: Stack,
    readonly one: Headers,
    readonly other: Headers,
    /** A key of the first tenant without the scope `webhooks`. */
    readonly narrow: Headers,
  ) {}

  static async start(env: Readonly<Record<string, string>>): Promise<WebhookStack> {
    const stack = await Stack.start({ workers: 0, isTelling: true, env });
    const key = async (wanted: Record<string, unknown>) => bearer((await createKey(stack, wanted)).key);
    const one = await key({ tenant: 'first' });
    const other = await key({ tenant: 'second' });
    const narrow = await key({ tenant: 'first', scopes: ['generate'] });
    await stack.tell?.stop(20_000);
    return new WebhookStack(stack, one, other, narrow);
  }

  call(path: string, { json, method, as = this.one }: Call = {}): Promise<Answer> {
    return send(`${this.stack.url()}/webhooks/${path}`, {
      headers: as,
      ...(json === undefined ? {} : { json }),
      ...(method === undefined ? {} : { method }),
    });
  }

  register(json: Record<string, unknown> = {}): Promise<Answer> {
    return this.call('endpoints', { json: { url: PUBLIC_URL, ...json } });
  }

  /** Asks for a job that nobody runs. */
  queue(json: Record<string, unknown>, as = this.one): Promise<Answer> {
    return generate(this.stack.url(), { prompt: 'x', mode: 'async', ...json }, as);
  }

  /** Where the end of the job is told, as its record has it. */
  targetOf(job: Answer): Promise<Record<string, unknown> | null> {
    return this.field(`job:${textOf(job, 'job_id')}`, 'webhook');
  }

  plant(planted: Omit<PlantedDelivery, 'tenant'> = {}): ReturnType<typeof plantDelivery> {
    const url = this.stack.postgres?.url('sluice') ?? '';
    return plantDelivery(url, { tenant: this.tenant, ...planted });
  }

  async registered(): Promise<string> {
    return textOf(await this.register(), 'id');
  }

  patch(id: string, json: Record<string, unknown>): Promise<Answer> {
    return this.call(`endpoints/${id}`, { method: 'PATCH', json });
  }

  /** What is in a hash of Redis, as JSON. */
  async field(key: string, field: string): Promise<Record<string, unknown> | null> {
    const redis = this.stack.look();
    const text = await redis.hget(`{sluice}:${key}`, field);
    redis.disconnect();
    return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
  }
}

export interface PlantedDelivery {
  readonly tenant: string;
  readonly endpointId?: string | null;
  readonly status?: string;
  readonly createdMs?: number;
}

let planted = 0;

/** A row of `webhook_deliveries`, as workers would have written it; answers its id, job and body. */
export async function plantDelivery(
  databaseUrl: string,
  { tenant, endpointId = null, status = 'dead', createdMs = Date.now() }: PlantedDelivery,
): Promise<Pick<WebhookDelivery, 'id' | 'job_id' | 'body'>> {
  const job_id = `job_01900000-0000-7000-8000-${String(planted++).padStart(12, '0')}`;
  const id = deliveryId(job_id, endpointId ?? PUBLIC_URL);
  const body = `{"type":"job.completed","data":{"job_id":"${job_id}","result":"CANARY-body ü"}}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO webhook_deliveries (id, tenant, endpoint_id, url, event, job_id, body, status, created_at)
     VALUES ($1, $2, $3, $4, 'job.completed', $5, $6, $7, to_timestamp($8::float8 / 1000))`,
    [id, tenant, endpointId, PUBLIC_URL, job_id, body, status, createdMs],
  );
  await client.end();
  return { id, job_id, body };
}
