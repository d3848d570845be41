import type { TenantWebhooks, WebhookDirectory } from '#common/webhooks/webhook-directory.js';

/** A change of an endpoint counts for what is dispatched so much later, in milliseconds. */
const REMEMBERED_MS = 1_000;
const TENANTS_MAX = 1_000;

interface Remembered {
  readonly untilMs: number;
  readonly webhooks: Promise<TenantWebhooks>;
}

/** The receivers of tenants, read at most once a second each: most tenants have none, and all of them end jobs. */
export class TenantMemory {
  private readonly tenants = new Map<string, Remembered>();

  constructor(
    private readonly directory: Pick<WebhookDirectory, 'read'>,
    private readonly rememberedMs = REMEMBERED_MS,
  ) {}

  async read(tenant: string): Promise<TenantWebhooks> {
    const known = this.tenants.get(tenant);
    return known !== undefined && performance.now() < known.untilMs ? known.webhooks : this.readNow(tenant);
  }

  async readNow(tenant: string): Promise<TenantWebhooks> {
    if (this.tenants.size >= TENANTS_MAX) this.tenants.clear();
    const webhooks = this.directory.read(tenant);
    this.tenants.set(tenant, { untilMs: performance.now() + this.rememberedMs, webhooks });
    webhooks.catch(() => this.tenants.delete(tenant));
    return webhooks;
  }
}
