import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type NameOf } from './metrics-catalogue.js';

/** This process's metrics: made from the catalogue on first use, so that no name exists outside it. */
export class Metrics {
  readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly histograms = new Map<string, Histogram>();

  constructor(labels: Record<string, string>) {
    this.registry.setDefaultLabels(labels);
    collectDefaultMetrics({ register: this.registry });
  }

  counter(name: NameOf<'counter'>): Counter {
    return remembered(
      this.counters,
      name,
      () => new Counter({ ...this.described(name), registers: [this.registry] }),
    );
  }

  gauge(name: NameOf<'gauge'>): Gauge {
    return remembered(
      this.gauges,
      name,
      () => new Gauge({ ...this.described(name), registers: [this.registry] }),
    );
  }

  histogram(name: NameOf<'histogram'>): Histogram {
    return remembered(
      this.histograms,
      name,
      () =>
        new Histogram({
          ...this.described(name),
          buckets: [...METRICS[name].buckets],
          registers: [this.registry],
        }),
    );
  }

  private described(name: keyof typeof METRICS): { name: string; help: string; labelNames: string[] } {
    return { name, help: METRICS[name].help, labelNames: [...METRICS[name].labels] };
  }
}

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}
