import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ranges from which systems take source ports, so that a port stays free while its server restarts. */
const PORTS = { from: 20_000, to: 30_000 } as const;
const TRIES_MAX = 50;
const NOT_HERE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);
const LOCAL_HOSTS = ['127.0.0.1', '0.0.0.0', '::1'] as const;

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    // An address that this machine doesn't have can't be taken on it.
    server.once('error', (error) => resolve('code' in error && NOT_HERE.has(String(error.code))));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether nothing listens on the port, on any of the hosts. A port of 0 is always free. */
export async function isPortFree(port: number, hosts: readonly string[] = LOCAL_HOSTS): Promise<boolean> {
  for (const host of hosts) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

/** A port of 127.0.0.1 on which nothing listens now. Another process may be quicker: whoever binds it must be ready to ask again. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`found no free port between ${PORTS.from} and ${PORTS.to}`);
}
