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

const isDocumented = (value: string): boolean =>
  value.startsWith('$') || DOCUMENTED.has(value) || KNOWN_VALUES.has(value);

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

interface Asked {
  readonly of: string;
  readonly expr: string;
  readonly legend: string;
}

/** What a dashboard asks Prometheus: for panels, marks and variables. */
const boards = storedDashboards().map(({ file, stored }): [string, Asked[]] => {
  const board = dashboard.parse(stored);
  const asked = queriesOf(board).flatMap(({ of, query }) =>
    'expr' in query ? [{ of, expr: query.expr, legend: query.legendFormat }] : [],
  );
  const variables = board.templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' ? [] : [{ of: `$${name}`, expr: query.query, legend: '' }],
  );
  return [file, [...asked, ...variables]];
});

const shownBy = (legend: string): string[] =>
  [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);

describe.each(boards)('%s', (_, asked) => {
  it('asks Prometheus for metrics that exist, and takes rates of those that count', () => {
    expect(asked.length).toBeGreaterThan(2);
    for (const { of, expr } of asked) {
      for (const { name } of selectorsOf(expr)) {
        expect([of, name, entryOf(name)]).toEqual([of, name, expect.anything() as unknown]);
        const isCounted = new RegExp(`\\b(rate|increase)\\(${name}\\b`).test(expr);
        expect([of, name, isCounted]).toEqual([of, name, entryOf(name)?.kind !== 'gauge']);
      }
    }
  });

  it('chooses by labels that they have, and by values that are documented', () => {
    for (const { of, expr } of asked) {
      for (const { name, matchers } of selectorsOf(expr)) {
        for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)) {
          expect([of, name, label, labelsOf(name).includes(label)]).toEqual([of, name, label, true]);
          expect([of, values.split('|').filter((value) => !isDocumented(value))]).toEqual([of, []]);
        }
      }
    }
  });

  it('groups by labels that they have, and shows those', () => {
    for (const { of, expr, legend } of asked) {
      const has = selectorsOf(expr).flatMap(({ name }) => labelsOf(name));
      const groups = groupsOf(expr);
      expect([of, groups.filter((label) => !has.includes(label))]).toEqual([of, []]);
      expect([of, shownBy(legend).filter((label) => !groups.includes(label))]).toEqual([of, []]);
    }
  });

  it('shows a limited number of series', () => {
    for (const { of, expr, legend } of asked) {
      if (shownBy(legend).every((label) => FEW.includes(label))) continue;
      expect([of, expr]).toEqual([of, expect.stringMatching(/^topk\(\d+, /) as unknown]);
    }
  });
});

describe('the dashboards', () => {
  it('show every metric of ours, but for three that only developers need', () => {
    const asked = new Set(
      boards
        .flatMap(([, all]) => all.flatMap(({ expr }) => selectorsOf(expr)))
        .map(({ name }) => name.replace(/_(bucket|count)$/, '')),
    );
    expect(Object.keys(METRICS).filter((name) => !asked.has(name))).toEqual([
      'sluice_fair_queue_rebases_total',
      'llm_instance_tokens_total',
      'sluice_stream_writes_total',
    ]);
  });
});
