import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { ComposeStack } from '../support/compose-stack.js';
import { docker } from '../support/docker-engine.js';
import { eventually } from '../support/eventually.js';

const stack = new ComposeStack();
/** Of an image that is not ours: without capabilities, root can do no more than others. */
const ROOT = ['local-llm'];

beforeAll(async () => {
  await stack.prepare();
  await stack.up();
  await stack.untilWorkers({ fixed: 1, scaled: 0 });
}, 1_200_000);

afterAll(() => stack.remove());

const serviceOf = ({ Config }: { Config: { Labels: Record<string, string> } }): string =>
  Config.Labels['com.docker.compose.service'] ?? 'started by the scaler';

/** Runs a script of Node's in a service's container, and answers what it printed. */
const run = (service: string, script: string): string => stack.exec(service, 'node', '-e', script);

/** What the socket proxy says to the scaler. */
const ask = (method: string, route: string, body?: unknown): string =>
  run(
    'scaler',
    `fetch('http://docker-proxy:2375${route}', ${JSON.stringify({
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })}).then((answer) => console.log(answer.status))`,
  );

/** Whether a container that is on this network alone can open a connection. */
function canConnect(network: string, host: string, port: number): boolean {
  const script = `const socket = require('net').connect(${port}, '${host}'); const end = (code) => process.exit(code);
    socket.on('connect', () => end(0)).on('error', () => end(1)); setTimeout(end, 3000, 1)`;
  try {
    const image = `sluice-test-llm:${stack.name}`;
    docker(['run', '--rm', '--network', `${stack.name}_${network}`, image, 'node', '-e', script]);
    return true;
  } catch {
    return false;
  }
}

describe('docker-compose.yml', () => {
  it('answers the load test, through the only port that is open to others', () => {
    const args = ['--users', '4', '--requests', '5', '--delay', '0.1', '--url', stack.url];
    const model = ['--model', 'sim-fast'];
    const test = spawnSync(process.execPath, ['dist/scripts/loadtest.js', ...args, ...model], {
      encoding: 'utf8',
    });
    expect({ status: test.status, said: test.stderr, found: test.stdout }).toMatchObject({ status: 0 });

    const published = stack
      .containers()
      .flatMap((container) =>
        Object.entries(container.HostConfig.PortBindings ?? {}).flatMap(([port, places]) =>
          (places ?? []).map(({ HostIp }) => `${serviceOf(container)} ${port} ${HostIp}`),
        ),
      );
    expect(published.sort()).toEqual([
      'alertmanager 9093/tcp 127.0.0.1',
      'api 8000/tcp 127.0.0.1',
      'prometheus 9090/tcp 127.0.0.1',
    ]);
  });

  it('asks a local model for what is not simulated', async () => {
    const answered = await generate(stack.url, { prompt: 'Hello', model: 'local' });
    expect(answered.body).toMatchObject({ backend_id: 'openai', response: 'A local answer.' });
  });

  it('needs a token for administration, because nobody comes from its own machine', async () => {
    expect((await send(`${stack.url}/admin/workers`)).status).toBe(401);
    expect((await stack.admin('workers')).status).toBe(200);
  });

  it('has the database’s tables, and lets dashboards read measurements and no secrets', async () => {
    const reads = (table: string): string =>
      stack.exec(
        'postgres',
        ...[
          'sh',
          '-c',
          `PGPASSWORD=$POSTGRES_READER_PASSWORD psql -h 127.0.0.1 -U sluice_reader -d sluice -Atc '${table}'`,
        ],
      );
    await eventually(
      'rows',
      () => (Number(reads('SELECT count(*) FROM request_metrics')) > 0 ? true : null),
      {
        withinMs: 30_000,
        everyMs: 500,
      },
    );
    for (const nothingYet of [
      'tier) FROM api_keys',
      'status) FROM webhook_deliveries',
      'at) FROM webhook_attempts',
    ])
      expect(reads(`SELECT count(${nothingYet}`)).toBe('0');
    for (const secret of [
      'hash FROM api_keys',
      'secret FROM webhook_secrets',
      'secret FROM webhook_endpoints',
      'body FROM webhook_deliveries',
    ])
      expect(() => reads(`SELECT ${secret}`)).toThrow('permission denied');
  });

  it('keeps the stores and the way to the Docker Engine to those that need them', () => {
    expect(canConnect('work', 'redis', 6379)).toBe(true);
    for (const [service, network, port] of [
      ['postgres', 'records', 5432],
      ['docker-proxy', 'engine', 2375],
    ] as const) {
      expect(canConnect(network, service, port)).toBe(true);
      expect(canConnect('work', service, port)).toBe(false);
    }
    expect(stack.exec('redis', 'redis-cli', 'get', 'x')).toContain('NOAUTH');
    expect(run('worker', 'console.log(Object.keys(process.env).join())')).not.toContain('ADMIN_TOKEN');
  });

  it('lets the scaler’s way to the Docker Engine be used for what the driver does, and for nothing else', () => {
    const id = stack.containerOf('redis');
    const [long = ''] = docker(['inspect', '--format', '{{.Id}}', id]).split('\n');
    expect(ask('GET', '/containers/json?all=true')).toBe('200');
    for (const [method, route, body] of [
      ['GET', '/info'],
      ['GET', `/containers/${long}/logs?stdout=1`],
      ['POST', `/containers/${long}/exec`, { Cmd: ['id'] }],
      ['POST', `/containers/${long}/kill?signal=SIGSTOP`],
      ['POST', `/containers/${long}/start`, { Binds: ['/:/machine'] }],
      ['DELETE', `/containers/${long}?force=true`],
      [
        'POST',
        '/containers/create?name=sluice-x',
        { Image: 'sluice-worker', HostConfig: { Privileged: true } },
      ],
      ['POST', '/v1.41/containers/create?name=sluice-x', {}],
      ['POST', '/build'],
    ] as const) {
      expect([method, route, ask(method, route, body)]).toEqual([method, route, '403']);
    }
  });

  it('counts the workers that --scale asks for, adds its own when they are too few, and takes only those away', async () => {
    await stack.up('--scale', 'worker=3');
    await stack.untilWorkers({ fixed: 3, scaled: 0 });
    const order = (workers: number) =>
      stack.admin('pools/default/scale', { kind: 'fixed', workers, minutes: 30 });
    expect((await order(2)).status).toBeLessThan(300);
    await stack.untilWorkers({ fixed: 3, scaled: 2 });

    await eventually(
      'Prometheus to have found all five',
      async () => {
        const query = encodeURIComponent('sum(up{job="sluice-worker"})');
        const { body } = await send(`http://127.0.0.1:${stack.prometheusPort}/api/v1/query?query=${query}`);
        return JSON.stringify(body).includes('"5"') ? true : null;
      },
      { withinMs: 60_000, everyMs: 500 },
    );

    await order(1);
    await stack.untilWorkers({ fixed: 3, scaled: 1 });
    await stack.up('--scale', 'worker=1');
    await stack.untilWorkers({ fixed: 1, scaled: 1 });
  });

  it('runs nobody as root, lets nobody write to its image or gain rights, and bounds memory and logs', () => {
    const containers = stack.containers();
    expect(containers.map(serviceOf)).toContain('started by the scaler');
    for (const container of containers) {
      const { User } = container.Config;
      const name = serviceOf(container);
      if (!ROOT.includes(name))
        expect([name, User]).not.toEqual([name, expect.stringMatching(/^(?:|0|root)(?::.*)?$/)]);
      expect([name, container.HostConfig]).toEqual([
        name,
        expect.objectContaining({ ReadonlyRootfs: true, Init: true, CapDrop: ['ALL'], CapAdd: null }),
      ]);
      expect(container.HostConfig.SecurityOpt?.join()).toMatch(/^no-new-privileges/);
      expect(container.HostConfig.Memory).toBeGreaterThan(0);
      expect(container.HostConfig.LogConfig.Config).toEqual({ 'max-size': '10m', 'max-file': '3' });
    }
    for (const service of ['api', 'worker', 'scaler']) {
      expect(run(service, 'console.log(process.getuid())')).toBe('1000');
      expect(() => run(service, "require('fs').writeFileSync('/sluice/x', '')")).toThrow('EROFS');
      expect(() => run(service, "require('typescript')")).toThrow('MODULE_NOT_FOUND');
    }
    run('api', "require('fs').writeFileSync(process.env.FILES_DIR + '/x', '')");
  });

  it('leaves nothing when it is taken down, neither a worker of the scaler’s nor a network', async () => {
    await eventually(
      'those that were drained to be gone',
      () => (stack.startedByScaler().length === 1 ? true : null),
      { withinMs: 60_000, everyMs: 500 },
    );
    stack.down();
    expect(stack.startedByScaler()).toEqual([]);
    expect(stack.ids()).toEqual([]);
    expect([...stack.left('network'), ...stack.left('volume')]).toEqual([]);
  }, 120_000);
});
