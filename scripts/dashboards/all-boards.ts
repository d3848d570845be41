import type { Board } from './board.js';
import { backends } from './boards/backends.js';
import { cost } from './boards/cost.js';
import { overview } from './boards/overview.js';
import { queues } from './boards/queues.js';
import { scaler } from './boards/scaler.js';
import { tenants } from './boards/tenants.js';
import { webhooks } from './boards/webhooks.js';

/** Every dashboard; each is a file of grafana/dashboards, by its name. */
export const BOARDS: readonly Board[] = [overview, queues, backends, tenants, scaler, webhooks, cost];
