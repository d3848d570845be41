import type { WebhookDelivery, WebhookLogEntry } from '#common/contracts/webhook.js';
import type { PrismaClient } from '#common/database/generated/client.js';
import type { Recorded } from '../telling/recorder.js';

type Of<Kind extends WebhookLogEntry['kind']> = Extract<WebhookLogEntry, { kind: Kind }>;

/** An entry of the log with its id in the stream. */
export interface LoggedWebhook {
  readonly id: string;
  readonly entry: WebhookLogEntry;
}

/** One batch at a time in the whole fleet, so that each sees what the one before has written. */
const LOCK = 72_707_370;

/**
 * The rows of `webhook_deliveries` and `webhook_attempts`, and what the log says of `webhook_endpoints`. A delivery's columns follow
 * from the attempts that are there, so that batches may come in any order and any number of times.
 */
export class WebhookLogLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** All or none of them. */
  async record(logged: readonly LoggedWebhook[]): Promise<Recorded> {
    if (logged.length === 0) return { written: 0, duplicates: 0 };
    const deliveries = latestRounds(logged);
    const attempts = logged.flatMap(({ id, entry }) => (entry.kind === 'attempt' ? [{ ...entry, id }] : []));
    const disabled = logged.flatMap(({ entry }) => (entry.kind === 'disabled' ? [entry] : []));
    const touched = [...deliveries.map(({ id }) => id), ...attempts.map(({ delivery_id }) => delivery_id)];
    const [, made, tried, , stopped] = await this.prisma.$transaction([
      this.prisma.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`,
      this.begin(deliveries),
      this.keep(attempts),
      this.follow(touched),
      this.disable(disabled),
    ]);
    const written = Math.min(logged.length, made + tried + stopped);
    return { written, duplicates: logged.length - written };
  }

  /** A later round of a delivery that is there begins it anew. */
  private begin(deliveries: readonly WebhookDelivery[]) {
    const column = columnsOf(deliveries);
    return this.prisma.$executeRaw`
      INSERT INTO webhook_deliveries (
        id, tenant, endpoint_id, url, event, job_id, body, status, round, attempts, created_at
      )
      SELECT id, tenant, endpoint_id, url, event, job_id, body, 'pending', round, 0, to_timestamp(created_ms / 1000)
      FROM unnest(
        ${column(({ id }) => id)}::text[],
        ${column(({ tenant }) => tenant)}::text[],
        ${column(({ endpoint_id }) => endpoint_id)}::text[],
        ${column(({ url }) => url)}::text[],
        ${column(({ event }) => event)}::text[],
        ${column(({ job_id }) => job_id)}::text[],
        ${column(({ body }) => body)}::text[],
        ${column(({ round }) => round)}::int4[],
        ${column(({ created_ms }) => created_ms)}::float8[]
      ) AS told (id, tenant, endpoint_id, url, event, job_id, body, round, created_ms)
      ON CONFLICT (id) DO UPDATE
      SET status = 'pending', round = excluded.round, attempts = 0, next_attempt_at = NULL
      WHERE webhook_deliveries.round < excluded.round`;
  }

  private keep(attempts: readonly (Of<'attempt'> & { readonly id: string })[]) {
    const column = columnsOf(attempts);
    return this.prisma.$executeRaw`
      INSERT INTO webhook_attempts (
        id, delivery_id, round, number, "at", latency_ms, response_status, error, answer, status, next_attempt_at
      )
      SELECT
        id, delivery_id, round, number, to_timestamp(at_ms / 1000), latency_ms, response_status, error, answer,
        status, to_timestamp(next_attempt_ms / 1000)
      FROM unnest(
        ${column(({ id }) => id)}::text[],
        ${column(({ delivery_id }) => delivery_id)}::text[],
        ${column(({ round }) => round)}::int4[],
        ${column(({ number }) => number)}::int4[],
        ${column(({ at_ms }) => at_ms)}::float8[],
        ${column(({ latency_ms }) => latency_ms)}::float8[],
        ${column(({ response_status }) => response_status)}::int4[],
        ${column(({ error }) => error)}::text[],
        ${column(({ answer }) => answer)}::text[],
        ${column(({ status }) => status)}::text[],
        ${column(({ next_attempt_ms }) => next_attempt_ms)}::float8[]
      ) AS told (
        id, delivery_id, round, number, at_ms, latency_ms, response_status, error, answer, status, next_attempt_ms
      )
      ON CONFLICT (id) DO NOTHING`;
  }

  /** What was delivered stays so in its round, although a worker that vanished may have tried once more. */
  private follow(deliveryIds: readonly string[]) {
    return this.prisma.$executeRaw`
      UPDATE webhook_deliveries AS delivery
      SET status = last.status, round = last.round, attempts = last.number, last_attempt_at = last."at",
        next_attempt_at = last.next_attempt_at, response_status = last.response_status, error = last.error,
        delivered_at = CASE WHEN last.status = 'delivered' THEN last."at" ELSE delivery.delivered_at END
      FROM (
        SELECT DISTINCT ON (delivery_id) *
        FROM webhook_attempts
        WHERE delivery_id = ANY (${[...deliveryIds]}::text[])
        ORDER BY delivery_id, round DESC, (status = 'delivered') DESC, number DESC, "at" DESC
      ) AS last
      WHERE delivery.id = last.delivery_id AND last.round >= delivery.round`;
  }

  /** Not an endpoint that its owner has enabled since. */
  private disable(disabled: readonly Of<'disabled'>[]) {
    const column = columnsOf(disabled);
    return this.prisma.$executeRaw`
      UPDATE webhook_endpoints AS endpoint
      SET disabled_because = told.because, disabled_at = to_timestamp(told.at_ms / 1000), updated_at = now()
      FROM unnest(
        ${column(({ tenant }) => tenant)}::text[],
        ${column(({ endpoint_id }) => endpoint_id)}::text[],
        ${column(({ because }) => because)}::text[],
        ${column(({ at_ms }) => at_ms)}::float8[],
        ${column(({ version }) => version ?? 0)}::int4[]
      ) AS told (tenant, id, because, at_ms, version)
      WHERE endpoint.id = told.id AND endpoint.tenant = told.tenant AND endpoint.disabled_because IS NULL
        AND endpoint.enabled_version <= told.version`;
  }
}

/** Arrays instead of rows, as in request-metrics.ledger.ts. */
const columnsOf =
  <Row>(rows: readonly Row[]) =>
  <T>(of: (row: Row) => T): T[] =>
    rows.map(of);

/** One statement cannot write one row twice. */
function latestRounds(logged: readonly LoggedWebhook[]): WebhookDelivery[] {
  const latest = new Map<string, WebhookDelivery>();
  for (const { entry } of logged) {
    if (entry.kind !== 'created') continue;
    const { delivery } = entry;
    if ((latest.get(delivery.id)?.round ?? -1) < delivery.round) latest.set(delivery.id, delivery);
  }
  return [...latest.values()];
}
