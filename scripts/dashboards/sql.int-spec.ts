import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { dashboard, queriesOf, storedDashboards } from '../../test/support/dashboard-files.js';
import { substituted } from '../../test/support/grafana-sql.js';
import { type OwnServers, startOwnServers } from '../../test/support/own-servers.js';

const HOUR_MS = 3_600_000;
const now = new Date();
const range = {
  from: new Date(now.getTime() - HOUR_MS),
  to: new Date(now.getTime() + HOUR_MS),
  intervalSeconds: 60,
};

const boards = storedDashboards().map(({ stored }) => dashboard.parse(stored));
const asked = boards.flatMap((board) =>
  queriesOf(board).flatMap(({ of, query }) => ('rawSql' in query ? [[of, query] as const] : [])),
);
const variables = boards.flatMap(({ uid, templating }) =>
  templating.list.flatMap(({ name, datasource, query }) =>
    datasource?.uid === 'postgres' && typeof query === 'string' ? [[`${uid}: $${name}`, query] as const] : [],
  ),
);

const ROWS = [
  `INSERT INTO api_keys (id, hash, name, tier, scopes, models) VALUES ('abcdefghijkl', repeat('0', 64), 'shop', 'premium', '{}', '{}')`,
  `INSERT INTO request_metrics (
     request_id, client_id, backend_id, model, processing_time_ms, input_tokens, output_tokens, success, job_id, tenant_id, pool,
     status, error_code, accepted_at, queue_wait_ms, attempts, cost_usd
   ) VALUES
     ('r1', 'key:abcdefghijkl/anna', 'b/1', 'large-1.5', 900, 10, 20, true, 'j1', 't1', 'default', 'completed', NULL, now(), 12, 1, 0.02),
     ('r2', 'ip:127.0.0.1', 'b2', 'small', 100, 10, 0, false, 'j2', 't2', 'other', 'failed', 'backend_refused', now(), 30, 2, 0.01),
     ('r3', 'key:0123456789abcdef', '', 'small', 0, 0, 0, false, 'j3', 't3', 'default', 'expired', 'deadline_exceeded', now(), NULL, 0, NULL)`,
  `INSERT INTO scaling_events (event_type, old_instances, new_instances, pool, policy, mode, epoch, reasons, decision_id) VALUES
     ('scale_up', 1, 4, 'default', 'slo', 'full', 3, '[
        {"code": "steady", "rule": "need", "value": 1, "to": 1, "facts": {"arrivals_per_second": 1.53333333, "service_seconds": 4, "trusted": null}},
        {"code": "max", "rule": "ceiling", "value": 4, "to": 4, "facts": {}},
        {"code": "of_tomorrow", "rule": "set", "value": 4, "to": 4, "facts": {}}
      ]', '1-1')`,
  `INSERT INTO scaling_events (event_type, old_instances, new_instances) VALUES ('scale_down', 4, 3)`,
  `INSERT INTO work_history (pool, bucket_at, busy_slot_seconds, served, accepted) VALUES ('default', now(), 1200, 5, 6)`,
  `INSERT INTO forecast_models (pool, model, is_chosen, is_trusted, pinball_loss, persistence_loss, samples, steps, tested_at)
     VALUES ('default', 'yesterday', true, false, 1.5, 2, 900, 1, now())`,
  `INSERT INTO webhook_deliveries (id, tenant, endpoint_id, url, event, job_id, body, status, attempts, created_at, response_status, error)
     VALUES ('d1', 't1', 'ep1', 'https://example.com/secret', 'job.completed', 'j1', '{}', 'dead', 2, now(), 500, 'it said 500')`,
  `INSERT INTO webhook_attempts (id, delivery_id, round, number, at, latency_ms, response_status, status)
     VALUES ('1-0', 'd1', 0, 1, now(), 25, 500, 'pending'), ('1-1', 'd1', 0, 2, now(), 35, 500, 'dead')`,
];

let servers: OwnServers;
let client: Client;

beforeAll(async () => void (servers = await startOwnServers()));

beforeAll(async () => {
  await servers.postgres.createDatabase('dashboards');
  const url = servers.postgres.url('dashboards');
  await migrateDeploy(url, migrationsDirectory());
  client = new Client({ connectionString: url });
  await client.connect();
  for (const row of ROWS) await client.query(row);
  await client.query(readFileSync('grafana/reader.sql', 'utf8'));
  await client.query('SET ROLE sluice_reader');
});

afterAll(async () => {
  await client.end();
  await servers.end();
});

const answer = async (
  sql: string,
  chosen: Record<string, string[]> = {},
): Promise<Record<string, unknown>[]> =>
  (await client.query<Record<string, unknown>>(substituted(sql, { ...range, chosen }))).rows;

describe('for the role that grafana/reader.sql makes', () => {
  it.each(asked)('%s answers rows', async (_, { rawSql, format }) => {
    const rows = await answer(rawSql);
    expect(rows.length).toBeGreaterThan(0);
    const [first] = rows;
    if (format === 'time_series') expect(Object.keys(first ?? {}).slice(0, 2)).toEqual(['time', 'metric']);
    else expect(Object.values(first ?? {}).some((value) => value !== null)).toBe(true);
  });

  it.each(asked)('%s answers nothing of what is not chosen', async (_, { rawSql }) => {
    const nobody = { pool: ['nowhere'], backend: ['b/9', 'x'], model: ['large.(1'], tier: ['none'] };
    if (/\$\{\w+:regex\}/.test(rawSql)) {
      const rows = await answer(rawSql, nobody);
      expect(
        rows.flatMap((row) => Object.values(row)).filter((value) => value !== null && Number(value) !== 0),
      ).toEqual([]);
    } else expect(rawSql).toContain('$__timeFilter(');
  });

  it('chooses also by names with characters that mean something', async () => {
    const [, models] = asked.find(([of]) => of === 'sluice-backends: Models A') ?? [];
    const rows = await answer(models?.rawSql ?? '', { model: ['large-1.5', 'none'], backend: ['b/1'] });
    expect(rows.map(({ model, backend, jobs }) => [model, backend, jobs])).toEqual([
      ['large-1.5', 'b/1', '1'],
    ]);
  });

  it('finds the tier of a key, whoever its user is, and takes others for anonymous', async () => {
    const [, tenants] = asked.find(([of]) => of === 'sluice-tenants: Greatest tenants A') ?? [];
    const rows = await answer(tenants?.rawSql ?? '');
    expect(rows.map(({ tenant, tier }) => [tenant, tier]).sort()).toEqual([
      ['t1', 'premium'],
      ['t2', 'anonymous'],
      ['t3', 'anonymous'],
    ]);
  });

  it.each(variables)('%s has choices', async (_, query) => {
    expect((await answer(query)).length).toBeGreaterThan(1);
  });

  it.each([
    'SELECT hash FROM api_keys',
    'SELECT url FROM webhook_deliveries',
    'SELECT body FROM webhook_deliveries',
    'SELECT answer FROM webhook_attempts',
    'SELECT secret FROM webhook_endpoints',
    'SELECT secret FROM webhook_secrets',
    'SELECT * FROM admin_audit',
    'DELETE FROM request_metrics',
    'UPDATE scaling_events SET new_instances = 0',
  ])('%s is refused', async (sql) => {
    await expect(client.query(sql)).rejects.toThrow('permission denied');
  });
});

describe('a decision of the scaler', () => {
  const textOf = async (): Promise<unknown[]> => {
    const [, query] = asked.find(([of]) => of === 'sluice-scaler: Scaling decisions') ?? [];
    return (await answer(query?.rawSql ?? '')).map(({ text, tags }) => [text, tags]);
  };

  it('is marked with its reasons in the words of explain, whatever release wrote it', async () => {
    expect(await textOf()).toEqual(
      expect.arrayContaining([
        [
          'default: 1 → 4 workers. The steady load needs 1 worker (arrivals_per_second 1.53, service_seconds 4, trusted unknown). The pool has at most 4 workers. of_tomorrow: 4 workers.',
          'default,scale_up,slo,full',
        ],
        ['default: 4 → 3 workers. ', 'scale_down'],
      ]),
    );
  });
});
