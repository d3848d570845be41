import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { METRICS } from '#common/observability/metrics-catalogue.js';
import { OUR_FAULTS } from '../../apps/api/src/generate/generation-metrics.js';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const RULES = 'prometheus/rules/';
const rules = readdirSync(RULES)
  .map((file) => parse(readFileSync(RULES + file, 'utf8')) as { groups: { rules: Rule[] }[] })
  .flatMap(({ groups }) => groups.flatMap((group) => group.rules));
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));

const headings = readFileSync('docs/failure-modes.md', 'utf8').match(/^#+ .+$/gm) ?? [];
/** As GitHub makes them. */
const anchors = headings.map((heading) =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

describe('the alerts', () => {
  it('are those that were asked for, and one for whoever does not answer', () => {
    expect([...new Set(alerts.map(({ alert }) => alert))].sort()).toEqual([
      'BackendCircuitOpen',
      'HighErrorRate',
      'ProcessMissing',
      'QueueWaitAboveObjective',
      'RateLimitSurge',
      'RecorderLag',
      'RedisMemoryHigh',
      'ScalerStale',
      'WebhookBacklog',
      'WorkerCrashLoop',
    ]);
  });

  it.each(alerts)('$alert says how grave it is, what it means, and where it is explained', (rule) => {
    const { alert, labels, annotations } = rule;
    expect(labels?.['severity']).toMatch(/^(?:critical|warning)$/);
    expect(annotations?.['summary']).toMatch(/\.$/);
    expect(annotations?.['description']).toMatch(/\.$/);
    const [page, anchor] = (annotations?.['runbook_url'] ?? '').split('#');
    expect([page, anchor]).toEqual(['docs/failure-modes.md', `alert-${alert.toLowerCase()}`]);
    expect(anchors).toContain(anchor);
  });

  it.each(alerts)('$alert has its row in docs/metrics.md and fires in a test of promtool', ({ alert }) => {
    expect(readFileSync('docs/metrics.md', 'utf8')).toMatch(new RegExp(`^\\| \`${alert}\``, 'm'));
    const tests = readdirSync('prometheus/tests').map((file) =>
      readFileSync(`prometheus/tests/${file}`, 'utf8'),
    );
    expect(tests.join('\n')).toContain(`- labels: ALERTS{alertname="${alert}",alertstate="firing"`);
  });
});

describe('the rules', () => {
  it.each(rules)('ask for nothing that nobody emits: $expr', ({ expr }) => {
    const recorded = new Set(rules.map(({ record }) => record));
    const asked = expr.match(/\b(?:sluice|pool|llm)[a-z_]*[:_][\w:]+/g) ?? [];
    const isThere = (name: string): boolean =>
      recorded.has(name) || Object.hasOwn(METRICS, name.replace(/_bucket$/, ''));
    expect(asked.filter((name) => !isThere(name))).toEqual([]);
  });

  it('count as errors what answers with a status of 500 or above, and nothing else', () => {
    const found = rules.find(({ expr }) => expr.includes('llm_requests_total{status=~'))?.expr;
    const statuses = /status=~"([^"]+)"/.exec(found ?? '')?.[1]?.split('|');
    expect(statuses?.sort()).toEqual([...OUR_FAULTS].sort());
  });
});
