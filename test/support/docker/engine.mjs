// The Docker Engine that tests use: the machine's own, or one that they start for themselves. Theirs has its own data,
// socket and process, makes no bridge and touches no firewall: containers have the host's network or none.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cached } from './paths.mjs';
import { run, runs } from './run.mjs';

const STARTS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 30_000;
const OWN = () => cached('engine');
const ownHost = () => `unix://${OWN()}/docker.sock`;

/** The environment for `docker` commands about this engine. */
export const environmentFor = (host) => ({ ...process.env, DOCKER_HOST: host, DOCKER_CLI_HINTS: 'false' });

const answers = (host) => runs('docker', ['version'], { env: environmentFor(host) });

/** An engine that is there anyway; null without one. */
function findEngine() {
  const named = process.env.DOCKER_HOST;
  const hosts = named === undefined ? ['unix:///var/run/docker.sock'] : [named];
  return hosts.find(
    (host) => (host.startsWith('unix://') ? existsSync(host.slice(7)) : true) && answers(host),
  );
}

/** Why there is no engine and none can be started, as the rest of a sentence; null when there can be one. */
export function whyNoEngine() {
  if (!runs('docker', ['--version'])) return 'there is no docker command';
  if (findEngine() !== undefined) return null;
  if (process.env.DOCKER_HOST !== undefined) return `no engine answers at DOCKER_HOST`;
  if (!runs('dockerd', ['--version'])) return 'no Docker Engine answers and there is no dockerd to start one';
  if (process.getuid?.() !== 0) return 'no Docker Engine answers and only root may start one';
  return null;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidIn(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}

async function startOwn() {
  const home = OWN();
  mkdirSync(home, { recursive: true });
  // Left behind where nobody could end the engine.
  rmSync(`${home}/docker.pid`, { force: true });
  const log = openSync(`${home}/dockerd.log`, 'w');
  const args = [
    ...['--host', ownHost(), '--data-root', `${home}/data`, '--exec-root', `${home}/exec`],
    ...['--pidfile', `${home}/docker.pid`, '--log-level', 'warn'],
    ...['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
  ];
  const child = spawn('dockerd', args, { detached: true, stdio: ['ignore', log, log] });
  let ended = false;
  child.on('error', () => (ended = true));
  child.on('exit', () => (ended = true));
  child.unref();
  closeSync(log);
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (!answers(ownHost())) {
    if (ended || Date.now() > deadline) {
      const words = readFileSync(`${home}/dockerd.log`, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new Error(`dockerd did not start: ${words}`);
    }
    await pause(200);
  }
}

async function endOwn() {
  const pid = pidIn(`${OWN()}/docker.pid`);
  if (pid === null || !isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + ENDS_WITHIN_MS;
  while (isAlive(pid) && Date.now() < deadline) await pause(100);
}

/**
 * An engine, and what ends it if it was started for this. An engine of our own whose starter is gone is taken over; one
 * that another run uses is shared.
 */
export async function useEngine() {
  const there = findEngine();
  if (there !== undefined) return { host: there, isOwn: false, end: async () => {} };
  const owner = `${OWN()}/owner`;
  const other = pidIn(owner);
  const isTaken = other !== null && other !== process.pid && isAlive(other);
  if (answers(ownHost())) {
    if (isTaken) return { host: ownHost(), isOwn: true, end: async () => {} };
  } else {
    await startOwn();
  }
  writeFileSync(owner, String(process.pid));
  return {
    host: ownHost(),
    isOwn: true,
    end: async () => {
      await endOwn();
      rmSync(owner, { force: true });
    },
  };
}

/** Whether it manages a swarm. */
export const isSwarm = (host) =>
  run('docker', ['info', '--format', '{{.Swarm.ControlAvailable}}'], { env: environmentFor(host) }) ===
  'true';

/** Makes a swarm of one engine. @throws when it can be none. */
export function ensureSwarm(host) {
  if (isSwarm(host)) return;
  run('docker', ['swarm', 'init', '--advertise-addr', '127.0.0.1'], { env: environmentFor(host) });
}
