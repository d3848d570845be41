import { maskUrl } from '#common/config/mask.js';
import type { Fleet } from './fleet.js';
import type { Store } from './own-store.js';

/** `host` is null, or an address that stands for every address, when localhost is one of them. */
export const apiUrl = (host: string | null, port: number): string => {
  const isEverywhere = host === null || ['', '0.0.0.0', '::', 'localhost', '127.0.0.1'].includes(host);
  return `http://${isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
};

function storeRow({ name, url, directory }: Store): [string, string] {
  return [name, directory === null ? maskUrl(url) : `${maskUrl(url)}  (data in ${directory})`];
}

/** Where everything is, and what to type next. */
export function signpost(
  api: string,
  { tell, scaler }: Pick<Fleet, 'tell' | 'scaler'>,
  stores: readonly Store[],
): string {
  const rows: [string, string][] = [
    ['API', api],
    ['Documentation', `${api}/docs`],
    ['Dashboard', `${api}/dashboard`],
    ['Board', `${api}/admin/board`],
    ['Metrics', `${api}/metrics`],
    ['Status', `${api}/status`],
    ['Tell worker', `http://localhost:${tell.port}/metrics`],
    ['Scaler', `http://localhost:${scaler.port}/metrics`],
    ['Decisions', `http://localhost:${scaler.port}/scaler/default/explain`],
    ...stores.map(storeRow),
    ['Tables', 'npm run studio, in another terminal'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, place]) => `  ${name.padEnd(width)}  ${place}`);
  const body = `'{"prompt":"Why do queues help?","model":"sim-fast"}'`;
  const command = `curl -s ${api}/generate -H 'content-type: application/json' -d ${body}`;
  return ['', ...table, '', 'Try:', `  ${command}`, '', 'Ctrl-C stops everything.', ''].join('\n');
}
