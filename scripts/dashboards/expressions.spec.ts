import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '#common/errors/catalogue.js';
import type { MetricEntry } from '#common/observability/metric-entry.js';
import { METRICS } from '#common/observability/metrics-catalogue.js';
import { SENTENCES } from '#common/scaling/reason-sentences.policy.js';
import { dashboard, queriesOf, storedDashboards } from '../../test/support/dashboard-files.js';

const CATALOGUE: Readonly<Record<string, MetricEntry>> = METRICS;

/** Labels that a process gives all of its metrics. */
const OF_THE_PROCESS = {
  api: ['app'],
  worker: ['app', 'worker', 'pool'],
  scaler: ['app', 'scaler'],
} as const;

/** Labels with few values, which may be all shown. The others need a topk. */
const FEW = [
  'le',
  'state',
  'outcome',
  'direction',
  'result',
  'because',
  'via',
  'winner',
  'rule',
  'identifier_type',
  'reason',
  'table',
];

const page = readFileSync('docs/metrics.md', 'utf8');
const DOCUMENTED = new Set([...page.matchAll(/`([a-z_-]+)`/g)].map(([, word]) => word));
const KNOWN_VALUES = new Set<string>([...ERROR_CODES, ...Object.keys(SENTENCES), 'open']);

interface Selector {
  readonly name: string;
  readonly matchers: string;
}

const selectorsOf = (expr: string): Selector[] =>
  [...expr.matchAll(/\b((?:llm|sluice)_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    matchers,
  }));

const entryOf = (name: string): MetricEntry | undefined =>
  CATALOGUE[name] ?? ofHistogram(CATALOGUE[name.replace(/_(bucket|sum|count)$/, '')]);
const ofHistogram = (entry: MetricEntry | undefined): MetricEntry | undefined =>
  entry?.kind === 'histogram' ? entry : undefined;

const labelsOf = (name: string): string[] => {
  const entry = entryOf(name);
  if (entry === undefined) return [];
  return [...entry.labels, ...OF_THE_PROCESS[entry.emittedBy], ...(name.endsWith('_bucket') ? ['le'] : [])];
};

const groupsOf = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  );

const expressions = storedDashboards().flatMap(({ stored }) => {
  const board = dashboard.parse(stored);
  const asked = queriesOf(board).flatMap(({ of, query }) =>
    'expr' in query ? [{ of, expr: query.expr, legend: query.legendFormat }] : [],
  );
  const variables = board.templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' || !('qryType' in query)
      ? []
      : [{ of: `$${name}`, expr: query.query, legend: '' }],
  );
  return [...asked, ...variables];
});

describe.each(expressions.map(({ of, expr, legend }) => [of, expr, legend] as const))(
  '%s',
  (_, expr, legend) => {
    const selectors = selectorsOf(expr);

    it('asks for metrics that exist, by the kind that they are', () => {
      for (const { name } of selectors) {
        expect([name, entryOf(name)]).toEqual([name, expect.anything()]);
        const isCounted = new RegExp(`\\b(rate|increase)\\(${name}\\b`).test(expr);
        expect([name, isCounted]).toEqual([name, entryOf(name)?.kind !== 'gauge']);
      }
    });

    it('chooses by labels that they have, and by values that are documented', () => {
      for (const { name, matchers } of selectors) {
        for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)) {
          expect(labelsOf(name)).toContain(label);
          const unknown = values
            .split('|')
            .filter((value) => !value.startsWith('$') && !DOCUMENTED.has(value) && !KNOWN_VALUES.has(value));
          expect(unknown).toEqual([]);
        }
      }
    });

    it('groups by labels that they have, and shows those', () => {
      const has = selectors.flatMap(({ name }) => labelsOf(name));
      const groups = groupsOf(expr);
      expect(groups.filter((label) => !has.includes(label))).toEqual([]);
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      expect(shown.filter((label) => label === undefined || !groups.includes(label))).toEqual([]);
    });

    it('shows a limited number of series', () => {
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].flatMap(([, label = '']) => label);
      if (shown.some((label) => !FEW.includes(label))) expect(expr).toMatch(/^topk\(\d+, /);
    });
  },
);

describe('the dashboards', () => {
  it('show every metric of ours', () => {
    const asked = new Set(
      expressions.flatMap(({ expr }) =>
        selectorsOf(expr).map(({ name }) => name.replace(/_(bucket|count)$/, '')),
      ),
    );
    expect(Object.keys(METRICS).filter((name) => !asked.has(name))).toEqual([
      'sluice_fair_queue_rebases_total',
      'llm_instance_tokens_total',
      'sluice_stream_writes_total',
    ]);
  });
});
