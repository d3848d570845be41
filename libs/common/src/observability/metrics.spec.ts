import { afterAll, describe, expect, it } from '@jest/globals';
import { METRICS, type MetricName } from './metrics-catalogue.js';
import { Metrics } from './metrics.js';

const metrics = new Metrics({ instance: 'api-1', app: 'api' });
afterAll(() => {
  metrics.registry.clear();
});

const namesOf = (kind: string) =>
  (Object.keys(METRICS) as MetricName[]).filter((name) => METRICS[name].kind === kind);
const [counters, gauges, histograms] = [namesOf('counter'), namesOf('gauge'), namesOf('histogram')] as [
  Parameters<Metrics['counter']>[0][],
  Parameters<Metrics['gauge']>[0][],
  Parameters<Metrics['histogram']>[0][],
];
const labelsOf = (name: MetricName): Record<string, string> =>
  Object.fromEntries(METRICS[name].labels.map((label) => [label, 'x']));
const valuesOf = async (name: MetricName) =>
  (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];

describe('Metrics', () => {
  it('knows every metric of the catalogue by its kind', () => {
    expect([...counters, ...gauges, ...histograms].sort()).toEqual(Object.keys(METRICS).sort());
  });

  it('makes a metric once and gives the same one again', () => {
    for (const name of counters) expect(metrics.counter(name)).toBe(metrics.counter(name));
    for (const name of gauges) expect(metrics.gauge(name)).toBe(metrics.gauge(name));
    for (const name of histograms) expect(metrics.histogram(name)).toBe(metrics.histogram(name));
  });

  it.each(counters)('counts %s by the labels of the catalogue, and no other', async (name) => {
    metrics.counter(name).inc(labelsOf(name), 2);
    expect(await valuesOf(name)).toContainEqual(
      expect.objectContaining({ value: 2, labels: labelsOf(name) }),
    );
    expect(() => metrics.counter(name).inc({ ...labelsOf(name), caller: 'x' })).toThrow('caller');
  });

  it.each(gauges)('sets %s by the labels of the catalogue, and no other', async (name) => {
    metrics.gauge(name).set(labelsOf(name), 3);
    expect(await valuesOf(name)).toContainEqual(
      expect.objectContaining({ value: 3, labels: labelsOf(name) }),
    );
    expect(() => metrics.gauge(name).set({ ...labelsOf(name), caller: 'x' }, 1)).toThrow('caller');
  });

  it.each(histograms)(
    'observes %s in the buckets and by the labels of the catalogue, and no other',
    async (name) => {
      metrics.histogram(name).observe(labelsOf(name), 0.2);
      const bounds = (await valuesOf(name)).flatMap(({ labels }) => ('le' in labels ? [labels.le] : []));
      expect(bounds).toEqual([...METRICS[name].buckets, '+Inf']);
      expect(() => metrics.histogram(name).observe({ ...labelsOf(name), caller: 'x' }, 1)).toThrow('caller');
    },
  );

  it('says of each metric the help and the type of the catalogue, and of each sample whose it is', async () => {
    metrics.counter('llm_instance_requests_total').inc();
    const text = await metrics.registry.metrics();
    const { help } = METRICS.llm_instance_requests_total;
    expect(text).toContain(
      `# HELP llm_instance_requests_total ${help}\n# TYPE llm_instance_requests_total counter\n`,
    );
    expect(text).toMatch(/^llm_instance_requests_total\{instance="api-1",app="api"\} \d+$/m);
  });

  it('shows the health of the process itself as well', async () => {
    expect(await metrics.registry.metrics()).toMatch(/^nodejs_eventloop_lag_seconds\{/m);
  });

  it('keeps the numbers of two processes apart', async () => {
    const other = new Metrics({ instance: 'api-2' });
    other.counter('llm_instance_requests_total').inc(40);
    expect(other.counter('llm_instance_requests_total')).not.toBe(
      metrics.counter('llm_instance_requests_total'),
    );
    expect(await metrics.registry.metrics()).not.toContain('api-2');
    other.registry.clear();
  });
});
