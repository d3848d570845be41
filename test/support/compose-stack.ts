import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { freePort } from '../../scripts/local/free-port.js';
import { type Answer, send } from './client.js';
import { docker, testEngine } from './docker-engine.js';
import { composeCommand } from './docker/compose-command.mjs';
import { eventually } from './eventually.js';

const BUILT_WITHIN_MS = 900_000;
const UP_WITHIN_MS = 180_000;
/** Grafana's image cannot be made of Debian's packages. */
const SERVICES = [
  'redis',
  'postgres',
  'api',
  'worker',
  'scaler',
  'docker-proxy',
  'prometheus',
  'alertmanager',
  'local-llm',
];

/** The stack of docker-compose.yml under a name, with ports and images of its own. */
export class ComposeStack {
  readonly name = `sluice-test-${randomBytes(4).toString('hex')}`;
  private readonly directory = mkdtempSync(path.join(tmpdir(), 'sluice-compose-'));
  private readonly envFile = path.join(this.directory, 'env');
  private readonly command = composeCommand() ?? missing();
  private port = 0;
  prometheusPort = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Images, .env and configuration, as somebody would make them who starts it for the first time. */
  async prepare(): Promise<void> {
    const script = path.resolve('test/support/docker/build-compose.mjs');
    succeed([process.execPath, script, this.name], { SLUICE_TEST_ENGINE: testEngine() }, BUILT_WITHIN_MS);
    succeed(['sh', 'deploy/compose/make-env.sh', this.envFile], {
      DOCKER_SOCKET: testEngine().replace(/^unix:\/\//, ''),
    });
    const config = readFileSync('deploy/compose/sluice.config.yaml', 'utf8')
      .replace('image: sluice-worker', `image: sluice-worker:${this.name}`)
      .replace('network: sluice_work', `network: ${this.name}_work`);
    const configFile = path.join(this.directory, 'sluice.config.yaml');
    writeFileSync(configFile, config, { mode: 0o644 });
    // Whoever is not root has to come by.
    succeed(['chmod', '755', this.directory]);
    this.port = await freePort();
    this.prometheusPort = await freePort();
    const changes = {
      COMPOSE_PROJECT_NAME: this.name,
      COMPOSE_PROFILES: 'local-llm',
      IMAGE_TAG: this.name,
      CONFIG_FILE: configFile,
      API_PORT: this.port,
      PROMETHEUS_PORT: this.prometheusPort,
      ALERTMANAGER_PORT: await freePort(),
      LOCAL_LLM_IMAGE: `sluice-test-llm:${this.name}`,
      OPENAI_BASE_URL: 'http://local-llm:8080/v1',
      OPENAI_API_KEY: 'none',
    };
    const text = readFileSync(this.envFile, 'utf8').replace(/^COMPOSE_PROJECT_NAME=.*$/m, '');
    writeFileSync(this.envFile, text);
    for (const [name, value] of Object.entries(changes)) appendFileSync(this.envFile, `${name}=${value}\n`);
  }

  /** What the file says that make-env.sh has written. */
  setting(name: string): string {
    return parseEnv(readFileSync(this.envFile, 'utf8'))[name] ?? '';
  }

  async up(...options: readonly string[]): Promise<void> {
    this.compose(['up', '--detach', '--no-build', ...options, ...SERVICES]);
    await eventually(
      'every container to be well',
      () => (this.containers().every(({ State }) => isWell(State)) ? true : null),
      { withinMs: UP_WITHIN_MS, everyMs: 500 },
    );
  }

  down(): void {
    this.compose(['down', '--volumes', '--timeout', '60']);
  }

  /** Whatever happened: nothing of it is left, but nobody was asked to end. */
  remove(): void {
    const ids = [...this.ids(), ...this.startedByScaler()];
    if (ids.length > 0) docker(['rm', '--force', '--volumes', ...ids]);
    for (const kind of ['network', 'volume']) {
      const left = this.left(kind);
      if (left.length > 0) docker([kind, 'rm', ...left]);
    }
    const images = docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])
      .split('\n')
      .filter((image) => image.endsWith(`:${this.name}`));
    if (images.length > 0) docker(['image', 'rm', ...images]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  exec(service: string, ...command: readonly string[]): string {
    return docker(['exec', this.containerOf(service), ...command]);
  }

  containerOf(service: string): string {
    const label = `label=com.docker.compose.service=${service}`;
    const [id] = lines(docker(['ps', '--quiet', '--filter', label, '--filter', this.filter()]));
    if (id === undefined) throw new Error(`no container of ${service} runs`);
    return id;
  }

  /** Of Compose and of the scaler. */
  containers(): readonly Inspected[] {
    return inspect([...this.ids(), ...this.startedByScaler()]);
  }

  /** Also those that have ended. */
  startedByScaler(): string[] {
    const label = `label=sluice.image=sluice-worker:${this.name}`;
    return lines(docker(['ps', '--all', '--quiet', '--filter', label]));
  }

  /** What Compose has made of this kind, and what bears its name. */
  left(kind: string): string[] {
    return lines(docker([kind, 'ls', '--quiet', '--filter', this.filter()]));
  }

  ids(): string[] {
    return lines(docker(['ps', '--all', '--quiet', '--filter', this.filter()]));
  }

  admin(route: string, json?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.setting('ADMIN_TOKEN')}` };
    return send(`${this.url}/admin/${route}`, { headers, ...(json === undefined ? {} : { json }) });
  }

  /** Names of all workers that generate; those of the scaler's are `instance`s of a name. */
  async untilWorkers(wanted: { readonly fixed: number; readonly scaled: number }): Promise<void> {
    let last = '';
    await eventually(
      `${JSON.stringify(wanted)} workers; there were ${last}`,
      async () => {
        const { body } = await this.admin('workers');
        const workers = (body['workers'] as { instance?: string; state: string }[] | undefined) ?? [];
        const ready = workers.filter(({ state }) => state === 'ready');
        const scaled = ready.filter(({ instance }) => instance?.startsWith('sluice-') === true).length;
        last = JSON.stringify(workers);
        return scaled === wanted.scaled && ready.length - scaled === wanted.fixed ? true : null;
      },
      { withinMs: 90_000, everyMs: 250 },
    );
  }

  private compose(args: readonly string[]): string {
    const [program, ...first] = this.command;
    const all = [program, ...first, '--env-file', this.envFile, ...args];
    return succeed(all, { DOCKER_HOST: testEngine() }, UP_WITHIN_MS);
  }

  private filter(): string {
    return `label=com.docker.compose.project=${this.name}`;
  }
}

export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly User: string; readonly Image: string; readonly Labels: Record<string, string> };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly Init: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly LogConfig: { readonly Config: Record<string, string> };
    readonly PortBindings: Record<string, readonly { readonly HostIp: string }[] | null> | null;
  };
  readonly NetworkSettings: { readonly Networks: Record<string, { readonly IPAddress: string }> };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const isWell = ({ Status, Health }: Inspected['State']): boolean =>
  Status === 'running' && (Health === undefined || Health.Status === 'healthy');

const missing = (): never => {
  throw new Error('There is no Docker Compose.');
};

function inspect(ids: readonly string[]): readonly Inspected[] {
  return ids.length === 0 ? [] : (JSON.parse(docker(['inspect', ...ids])) as Inspected[]);
}

function succeed(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = 60_000,
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout,
  });
  if (status === 0) return stdout.trim();
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `${stdout}\n${stderr}`.slice(-3_000)}`);
}
