import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalProcess } from '../../scripts/local/process.js';
import { generate, send } from '../support/client.js';
import { EVERYTHING, useEverything } from '../support/everything.js';
import { eventually } from '../support/eventually.js';
import { dashboardQueries, isFilter, selectorsOf } from '../support/monitoring/asked.js';
import { Monitoring } from '../support/monitoring/monitoring.js';
import { Stack } from '../support/stack.js';

interface RuleSeen {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly { annotations: Readonly<Record<string, string>> }[];
}

const TOKEN = 'a-token-of-alertmanager';
const SLOW = { withinMs: 30_000, everyMs: 200 };
/** An operator's own rule, which is an order. */
const OWN_RULES = {
  groups: [
    {
      name: 'own',
      rules: [
        {
          alert: 'JobsWereRun',
          expr: 'sum(sluice_settlements_total{status="completed"}) > 0',
          labels: { severity: 'warning', sluice_order: 'floor', sluice_workers: '3', sluice_minutes: '30' },
          annotations: { summary: '{{ $value }} jobs were run.' },
        },
      ],
    },
  ],
};

let directory: string;
const ends: (() => Promise<void>)[] = [];
let stack: Stack;
let scaler: LocalProcess;
let monitoring: Monitoring;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-monitoring-'));
  chmodSync(directory, 0o711);
  ends.push(async () => rmSync(directory, { recursive: true, force: true }));
  stack = await Stack.start({ isTelling: true, config: EVERYTHING });
  ends.push(() => stack.stop());
  scaler = await stack.startScaler({ SCALER_MODE: 'observe', SCALER_HOOK_TOKEN: TOKEN });
  const at = (processes: readonly (LocalProcess | null)[]) =>
    processes.map((each) => `127.0.0.1:${each?.port}`);
  monitoring = await Monitoring.start({
    directory,
    targets: {
      'sluice-api': at(stack.apis),
      'sluice-worker': at([...stack.workers, stack.tell]),
      'sluice-scaler': at([scaler]),
    },
    scaler: { port: scaler.port, hookToken: TOKEN },
    ownRules: OWN_RULES,
  });
  ends.push(() => monitoring.end());
  await eventually(
    'Prometheus to have seen every process before anything happens',
    async () => ((await monitoring.query('up == 1')).length === 6 ? true : null),
    SLOW,
  );
  await useEverything(stack);
  for (let round = 0; round < 20; round += 1)
    await generate(stack.url(), { prompt: 'x', model: 'sim-instant' }, { 'x-user-id': `user-${round}` });
}, 90_000);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
}, 60_000);

/** Selectors that find nothing, asked again until everything that happened has been scraped. */
async function unanswered(expressions: readonly string[]): Promise<string[]> {
  let left = [...new Set(expressions)];
  await eventually(
    'every selector to find series',
    async () => {
      const found = await Promise.all(left.map((expr) => monitoring.query(expr)));
      left = left.filter((_, index) => found[index]?.length === 0);
      return left.length === 0 ? true : null;
    },
    SLOW,
  ).catch(() => undefined);
  return left;
}

const rules = async (): Promise<RuleSeen[]> => {
  const { groups } = await monitoring.ask<{ groups: { rules: RuleSeen[] }[] }>('rules');
  return groups.flatMap((group) => group.rules);
};

describe('Prometheus, with the project’s files, over running processes', () => {
  it('finds series for every selector of every rule, and for every recording rule', async () => {
    const seen = await rules();
    expect(seen.filter(({ health }) => health !== 'ok')).toEqual([]);
    const recorded = seen.flatMap(({ type, name }) => (type === 'recording' ? [name] : []));
    const selectors = seen.flatMap(({ query }) => selectorsOf(query));
    expect(selectors.length).toBeGreaterThan(20);
    expect(await unanswered([...selectors, ...recorded])).toEqual([]);
  });

  it('sees the trouble that there is, by its name', async () => {
    const open = await eventually(
      'the alert',
      async () => {
        const alerts = await monitoring.query('ALERTS{alertname="BackendCircuitOpen"}');
        return alerts.length > 0 ? alerts : null;
      },
      SLOW,
    );
    expect(open.map(({ metric }) => metric['backend'])).toEqual(['away']);
  });

  it('has every metric that a dashboard names, and finds series for every query', async () => {
    const asked = dashboardQueries();
    // A selector alone may find none: nothing was refused by a budget, for example. Its query then says 0.
    const names = asked.flatMap(({ expr }) => selectorsOf(expr)).map((one) => one.replace(/\s*\{.*/, ''));
    expect(await unanswered(names)).toEqual([]);
    const whole = asked.filter(({ expr }) => !isFilter(expr));
    const silent = await unanswered(whole.map(({ expr }) => expr));
    expect(whole.filter(({ expr }) => silent.includes(expr))).toEqual([]);
    // Those that let only some series through are executed as well: one that Prometheus refuses rejects.
    await Promise.all(asked.filter(({ expr }) => isFilter(expr)).map(({ expr }) => monitoring.query(expr)));
  });
});

describe('Alertmanager, with the project’s file', () => {
  it('takes an alert of Prometheus to the scaler, which obeys, and to the operator', async () => {
    const explained = async () =>
      (await send(`http://127.0.0.1:${scaler.port}/scaler/default/explain`)).body as {
        decision?: { desired: number; reasons: { code: string; to: number }[] };
        orders?: unknown[];
      };
    const explanation = await eventually(
      'the order to be obeyed',
      async () => {
        const now = await explained();
        return (now.decision?.desired ?? 0) >= 3 ? now : null;
      },
      SLOW,
    );
    expect(explanation.orders).toMatchObject([
      { kind: 'floor', workers: 3, source: 'alert', because: 'alert JobsWereRun' },
    ]);
    expect(JSON.stringify(explanation)).toContain('JobsWereRun');
    expect(await monitoring.alerts()).toContainEqual({
      alert: 'JobsWereRun',
      receivers: ['operator', 'scaler'],
    });
  });
});
