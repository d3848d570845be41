// Starts Sluice the way its README says, asks it a few things, kills its scaler, stops it as Ctrl-C does, and starts it
// again on the same data. Linux only: it looks in /proc for processes that were left behind.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 60_000;
/** Another scaler acts when the lease of one that was killed has run out, after 15 s. */
const WAIT_MS_MAX = 60_000;
const ANSWER_MS_MAX = WAIT_MS_MAX + 10_000;
const WHERE_THE_API_IS =
  /\b(?:API|Sluice)\b.*?(https?:\/\/(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]):\d+)/i;

const scratch = mkdtempSync(path.join(tmpdir(), 'sluice-smoke-'));
// PostgreSQL runs as its own user when we are root, and has to pass through.
chmodSync(scratch, 0o711);
const home = path.join(scratch, 'home');

let checks = 0;

function check(what, isTrue, otherwise = '') {
  if (!isTrue) throw new Error(`${what}: no${otherwise === '' ? '' : ` (${otherwise})`}`);
  checks += 1;
  console.log(`smoke: ${what}`);
}

async function eventually(what, msMax, look) {
  const deadline = performance.now() + msMax;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`gave up after ${msMax} ms waiting for ${what}`);
    await pause(100);
  }
}

/** Processes come and go while we look at them. */
function orNothing(look) {
  try {
    return look();
  } catch {
    return '';
  }
}

/** Servers that rename themselves overwrite their environment, but they work in a directory below SLUICE_HOME. */
function belongsToUs(pid) {
  const of = `/proc/${pid}`;
  const traces = [
    orNothing(() => readFileSync(`${of}/environ`, 'utf8')),
    orNothing(() => readFileSync(`${of}/cmdline`, 'utf8')),
    orNothing(() => readlinkSync(`${of}/cwd`)),
  ];
  const isZombie = /^State:\s+Z/m.test(orNothing(() => readFileSync(`${of}/status`, 'utf8')));
  return !isZombie && traces.some((trace) => trace.includes(scratch));
}

const ourProcesses = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(belongsToUs)
    .map((pid) => {
      const command = orNothing(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      return { pid: Number(pid), command: command.trim().slice(0, 120) };
    });

/** `npm run smoke` tells its children about itself; the `npm start` we try is nobody's child. */
function environment() {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(npm_|INIT_CWD$)/i.test(key));
  return { ...Object.fromEntries(inherited), PORT: '0', SLUICE_HOME: home };
}

function start() {
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: environment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, output: '', exit: null };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      run.output += stripVTControlCharacters(text);
    });
  }
  child.once('error', (error) => {
    run.output += String(error);
    run.exit = { code: null, signal: null };
  });
  child.once('exit', (code, signal) => {
    run.exit = { code, signal };
  });
  return run;
}

function whereIsTheApi(run) {
  const url = WHERE_THE_API_IS.exec(run.output)?.[1];
  if (url !== undefined) return url.replace(/0\.0\.0\.0|\[::\]/, '127.0.0.1');
  if (run.exit !== null)
    throw new Error(`npm start ended before it said where the API is: ${describe(run.exit)}`);
  return null;
}

const describe = ({ code, signal }) => (signal === null ? `exit code ${code}` : `signal ${signal}`);

async function ask(api, route, init = {}) {
  const answer = await fetch(api + route, { ...init, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  return { status: answer.status, text: await answer.text() };
}

async function answers200(api, route) {
  const { status, text } = await ask(api, route);
  check(`GET ${route} answers 200`, status === 200, `${status} ${text.slice(0, 300)}`);
}

async function generate(api) {
  const { status, text } = await ask(api, '/generate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Say something about water.', max_tokens: 20, timeout_ms: WAIT_MS_MAX }),
  });
  check('POST /generate answers 200', status === 200, `${status} ${text.slice(0, 300)}`);
  const { response, job_id: jobId } = JSON.parse(text);
  check('the answer holds a response and a job_id', Boolean(response) && Boolean(jobId), text.slice(0, 300));
  return jobId;
}

async function explains(run) {
  const url = /https?:\/\/\S+\/scaler\/default\/explain/.exec(run.output)?.[0];
  check('npm start says where the scaler explains itself', url !== undefined);
  const { status, text } = await ask(url, '', { headers: { accept: 'text/plain' } });
  check('the scaler explains its last decision', status === 200, `${status} ${text.slice(0, 300)}`);
}

/** Its workers end themselves; another scaler starts others. */
async function survivesItsScaler(api) {
  const scalers = () => ourProcesses().filter(({ command }) => command.includes('apps/scaler/src/main.js'));
  const [killed] = scalers();
  check('a scaler runs', killed !== undefined);
  process.kill(killed.pid, 'SIGKILL');
  await eventually(
    'another scaler',
    START_MS_MAX,
    () => scalers().find(({ pid }) => pid !== killed.pid) ?? null,
  );
  check('a scaler that was killed is replaced', true);
  await generate(api);
}

/** A terminal sends Ctrl-C to everything in the foreground: npm, its shell and our processes at once. */
async function stop(run) {
  const startedMs = performance.now();
  process.kill(-run.child.pid, 'SIGINT');
  const exit = await eventually('npm to end', STOP_MS_MAX, () => run.exit);
  const isClean = exit.code === 0 || exit.code === 130 || exit.signal === 'SIGINT';
  check('Ctrl-C ends npm start cleanly', isClean, describe(exit));
  await eventually('the last process to end', STOP_MS_MAX, () =>
    ourProcesses().length === 0 ? true : null,
  ).catch(() => undefined);
  const left = ourProcesses();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  check(`nothing is left running ${seconds} s after Ctrl-C`, left.length === 0, JSON.stringify(left));
}

async function upAndDown(what, meanwhile) {
  const startedMs = performance.now();
  const run = start();
  try {
    const api = await eventually('the line that says where the API is', START_MS_MAX, () =>
      whereIsTheApi(run),
    );
    check(`${what}: the API is up after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`, true);
    const result = await meanwhile(api, run);
    await stop(run);
    return result;
  } catch (error) {
    console.error(`\nThe last lines of npm start:\n${run.output.split('\n').slice(-60).join('\n')}\n`);
    throw error;
  }
}

async function main() {
  const jobId = await upAndDown('first start', async (api, run) => {
    const id = await generate(api);
    for (const route of [
      '/health/readiness',
      '/metrics',
      '/docs',
      '/admin/board',
      '/status',
      `/jobs/${id}`,
    ]) {
      await answers200(api, route);
    }
    await explains(run);
    await survivesItsScaler(api);
    return id;
  });
  await upAndDown('second start', async (api) => {
    await answers200(api, `/jobs/${jobId}`);
  });
}

console.log(`smoke: npm start on Node ${process.version}`);
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.once('exit', () => {
  for (const { pid } of ourProcesses()) orNothing(() => process.kill(pid, 'SIGKILL'));
  rmSync(scratch, { recursive: true, force: true });
});

try {
  await main();
  console.log(`smoke: ${checks} checks passed`);
} catch (error) {
  console.error(`smoke: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
