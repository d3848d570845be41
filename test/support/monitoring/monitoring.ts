import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../../../scripts/local/free-port.js';
import { ServerProcess } from '../../../scripts/local/server-process.js';
import { onPath } from '../../../scripts/local/tools.js';
import { eventually } from '../eventually.js';

const READY_WITHIN = { withinMs: 20_000, everyMs: 100 };
const END = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** The full path of a program. @throws when it is not installed. */
export function program(...names: string[]): string {
  const found = onPath(names);
  if (found === null) throw new Error(`There is no ${names.join(' and no ')} on the PATH.`);
  return found;
}

interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs?: unknown;
}

interface PrometheusFile {
  readonly scrape_configs: readonly ScrapeJob[];
}

export interface MonitoringPlan {
  /** An empty one. */
  readonly directory: string;
  /** Of the processes, as host:port, by job of prometheus/prometheus.yml. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly scaler: { readonly port: number; readonly hookToken: string };
  /** A file of rules beside the project's own. */
  readonly ownRules: unknown;
}

/** One sample or more of an instant query, as Prometheus answers them. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/**
 * A real Prometheus and a real Alertmanager with the project's files, in which only addresses, intervals and the place of the token
 * are others.
 */
export class Monitoring {
  private readonly servers: ServerProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly prometheus: string,
    private readonly alertmanager: string,
  ) {}

  static async start(plan: MonitoringPlan): Promise<Monitoring> {
    const [prometheus, alertmanager] = await twoPorts();
    const monitoring = new Monitoring(
      plan.directory,
      `http://127.0.0.1:${prometheus}`,
      `http://127.0.0.1:${alertmanager}`,
    );
    try {
      await Promise.all([
        monitoring.startPrometheus(prometheus, alertmanager, plan),
        monitoring.startAlertmanager(alertmanager, plan),
      ]);
    } catch (error) {
      await monitoring.end();
      throw error;
    }
    return monitoring;
  }

  /** What GET /api/v1/… of Prometheus answers. @throws when Prometheus refuses. */
  async ask<T>(what: string, parameters: Record<string, string> = {}): Promise<T> {
    const asked = new URLSearchParams(parameters).toString();
    const response = await fetch(`${this.prometheus}/api/v1/${what}?${asked}`);
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status === 'success') return answer.data;
    throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${answer.error ?? response.status}`);
  }

  /** The series that an expression has now. */
  async query(expr: string): Promise<readonly Sample[]> {
    const data = await this.ask<{ resultType: string; result: Sample[] }>('query', { query: expr });
    return data.resultType === 'scalar' ? [{ metric: {}, value: [0, '0'] }] : data.result;
  }

  /** Alerts that Alertmanager has, with the names of their receivers. */
  async alerts(): Promise<{ alert: string | undefined; receivers: string[] }[]> {
    const response = await fetch(`${this.alertmanager}/api/v2/alerts`);
    const alerts = (await response.json()) as {
      labels: Record<string, string>;
      receivers: { name: string }[];
    }[];
    return alerts.map(({ labels, receivers }) => ({
      alert: labels['alertname'],
      receivers: receivers.map(({ name }) => name).sort(),
    }));
  }

  async end(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.end(END)));
  }

  private async startPrometheus(
    port: number,
    alertmanager: number,
    { targets, ownRules }: MonitoringPlan,
  ): Promise<void> {
    const home = path.join(this.directory, 'prometheus');
    cpSync('prometheus', home, { recursive: true });
    mkdirSync(path.join(home, 'own-rules'), { recursive: true });
    writeFileSync(path.join(home, 'own-rules', 'own.yml'), stringify(ownRules));
    const file = parse(readFileSync('prometheus/prometheus.yml', 'utf8')) as PrometheusFile;
    const places: typeof targets = {
      ...targets,
      prometheus: [`127.0.0.1:${port}`],
      alertmanager: [`127.0.0.1:${alertmanager}`],
    };
    const jobs = file.scrape_configs.map(({ job_name, ...rest }) => ({
      job_name,
      ...Object.fromEntries(Object.entries(rest).filter(([key]) => !key.endsWith('_sd_configs'))),
      static_configs: [{ targets: places[job_name] ?? missing(job_name) }],
    }));
    const changed = {
      ...file,
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      alerting: { alertmanagers: [{ static_configs: [{ targets: places['alertmanager'] }] }] },
      scrape_configs: jobs,
    };
    writeFileSync(path.join(home, 'prometheus.yml'), stringify(changed));
    await this.startServer('prometheus', program('prometheus'), [
      `--config.file=${home}/prometheus.yml`,
      `--storage.tsdb.path=${home}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    await this.untilReady(`${this.prometheus}/-/ready`);
  }

  private async startAlertmanager(port: number, { scaler }: MonitoringPlan): Promise<void> {
    const home = path.join(this.directory, 'alertmanager');
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'token'), `${scaler.hookToken}\n`);
    const text = readFileSync('alertmanager/alertmanager.yml', 'utf8')
      .replace('http://scaler:9100/', `http://127.0.0.1:${scaler.port}/`)
      .replace('/run/secrets/scaler_hook_token', `${home}/token`);
    writeFileSync(path.join(home, 'alertmanager.yml'), text);
    await this.startServer('alertmanager', program('prometheus-alertmanager', 'alertmanager'), [
      `--config.file=${home}/alertmanager.yml`,
      `--storage.path=${home}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Alone: without a port for others of its kind.
      '--cluster.listen-address=',
    ]);
    await this.untilReady(`${this.alertmanager}/-/ready`);
  }

  private async startServer(name: string, binary: string, args: readonly string[]): Promise<void> {
    const logFile = path.join(this.directory, `${name}.log`);
    this.servers.push(await ServerProcess.start({ binary, args, logFile }));
  }

  private async untilReady(url: string): Promise<void> {
    await eventually(
      `${url} to be ready`,
      async () => {
        const response = await fetch(url).catch(() => null);
        return response?.status === 200 ? true : null;
      },
      READY_WITHIN,
    );
  }
}

async function twoPorts(): Promise<[number, number]> {
  const first = await freePort();
  for (;;) {
    const second = await freePort();
    if (second !== first) return [first, second];
  }
}

function missing(job: string): never {
  throw new Error(`the test names no target for the scrape job ${job}`);
}
