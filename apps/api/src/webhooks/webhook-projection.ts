import type { Logger } from '#common/observability/logger.js';
import type { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import type { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import { endpointOf, type EndpointRow, type WebhookEndpointsLedger } from './webhook-endpoints.ledger.js';

const EVERY_MS = 30_000;
const AFTER_FAILURE_MS = 1_000;
const PAGE_MAX = 200;
/** A row is stamped before it can be read, and by another clock: each look begins so long before the one before it. */
const LOOK_BACK_MS = 10 * 60_000;

export interface WebhookLedgers {
  readonly endpoints: WebhookEndpointsLedger;
  readonly secrets: WebhookSecretsLedger;
}

export interface WebhookProjectionParts {
  /** Null without PostgreSQL: then Redis keeps what it has. */
  readonly ledgers: {
    readonly endpoints: Pick<WebhookEndpointsLedger, 'changedSince'>;
    readonly secrets: Pick<WebhookSecretsLedger, 'changedSince'>;
  } | null;
  readonly directory: WebhookDirectory;
  readonly logger: Logger;
}

/**
 * Brings the receivers of webhooks from PostgreSQL to Redis: each after its change, all of them at start and when Redis has
 * lost them, and those that changed lately every 30 s, so that whoever dies between a change and its projection leaves nothing undone. The directory
 * refuses what is older than what it has.
 */
export class WebhookProjection {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** Up to when all changes are in Redis (Unix ms). */
  private doneMs = 0;

  constructor(private readonly parts: WebhookProjectionParts) {}

  start(): void {
    if (this.parts.ledgers !== null) void this.lookAndGoOn();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** After a change, which is `write`. What does not succeed now is done as soon as Redis answers. */
  async after(write: (directory: WebhookDirectory) => Promise<void>): Promise<void> {
    try {
      await write(this.parts.directory);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a webhook was not brought to redis; trying again');
      this.goOnIn(AFTER_FAILURE_MS);
    }
  }

  /** Brings over all that changed since the last time. Throws when PostgreSQL or Redis is away. */
  async look(): Promise<void> {
    const { ledgers, directory } = this.parts;
    if (ledgers === null) return;
    const began = Date.now();
    const isWhole = await directory.isWhole();
    const since = new Date(isWhole ? Math.max(0, this.doneMs - LOOK_BACK_MS) : 0);
    await this.pages(
      (after) => ledgers.endpoints.changedSince(since, after, PAGE_MAX),
      (row) => row.id,
      (row) => putRow(directory, row),
    );
    await this.pages(
      (after) => ledgers.secrets.changedSince(since, after, PAGE_MAX),
      (row) => row.tenant,
      ({ tenant, secret }) => directory.putDefaultSecret(tenant, secret),
    );
    if (this.isStopped) return;
    if (!isWhole) await directory.noteWhole();
    this.doneMs = began;
  }

  private async pages<T>(
    read: (after: string) => Promise<T[]>,
    nameOf: (row: T) => string,
    put: (row: T) => Promise<void>,
  ): Promise<void> {
    let after = '';
    for (;;) {
      const rows = await read(after);
      await Promise.all(rows.map(put));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_MAX || this.isStopped) return;
      after = nameOf(last);
    }
  }

  private async lookAndGoOn(): Promise<void> {
    try {
      await this.look();
      this.goOnIn(EVERY_MS);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'webhooks were not brought to redis; trying again');
      this.goOnIn(AFTER_FAILURE_MS);
    }
  }

  private goOnIn(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void this.lookAndGoOn(), ms);
  }
}

export async function putRow(directory: WebhookDirectory, row: EndpointRow): Promise<void> {
  if (row.deletedAt === null) await directory.put(row.tenant, endpointOf(row));
  else await directory.remove(row.tenant, row.id);
}
