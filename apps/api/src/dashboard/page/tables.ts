import type { BackendPart, FailurePart, PoolPart, Snapshot, TenantPart, WorkerPart } from '../snapshot.js';
import { bar, byId, type Content, element, stateOf } from './elements.js';
import { ago, count, duration, list, percent, plural, UNKNOWN } from './format.js';
import { backendState, circuitState, poolState, waitTone, workerState } from './states.js';
import { LiveTable } from './table.js';

const small = (text: string): HTMLElement => element('small', {}, text);
const mono = (text: string): HTMLElement => element('span', { class: 'mono' }, text);
const said = ({ text, tone }: ReturnType<typeof poolState>): HTMLElement => stateOf(text, tone);

function used(active: number, of: number | null): Content[] {
  if (of === null || of === 0) return [count(active)];
  return [`${count(active)} of ${count(of)}`, bar(active / of, active >= of ? 'warn' : null)];
}

const pools = (): LiveTable<PoolPart> =>
  new LiveTable(byId('pools', HTMLElement), {
    caption: 'What waits and runs in each pool, and how many workers its scaler wants',
    empty: 'No pool is configured.',
    key: ({ pool }) => pool,
    columns: [
      { title: 'Pool', cell: ({ pool }) => pool },
      { title: 'State', cell: (pool) => said(poolState(pool)) },
      {
        title: 'Waiting',
        isNumber: true,
        cell: ({ queued, waiting_for_backend: deferred }) => [
          count(queued),
          ...(deferred === 0 ? [] : [small(`${count(deferred)} for a backend`)]),
        ],
      },
      {
        title: 'Oldest wait',
        isNumber: true,
        cell: ({ oldest_wait_ms: wait }) =>
          wait === null
            ? 'none'
            : element('span', { class: 'state', 'data-tone': waitTone(wait) }, duration(wait)),
      },
      { title: 'Slots in use', cell: ({ running, slots }) => used(running, slots) },
      {
        title: 'Workers',
        isNumber: true,
        cell: ({ workers, scaler }) => {
          const desired = scaler?.desired ?? null;
          return [count(workers), ...(desired === null ? [] : [small(`${count(desired)} wanted`)])];
        },
      },
      { title: 'Dead letters', isNumber: true, cell: ({ dead_letters: dead }) => count(dead) },
    ],
  });

const workers = (): LiveTable<WorkerPart> =>
  new LiveTable(byId('workers', HTMLElement), {
    caption: 'The workers that live',
    empty: 'No worker lives. Jobs are accepted and wait.',
    key: ({ id }) => id,
    columns: [
      { title: 'Worker', cell: ({ id, host }) => [mono(id), small(host)] },
      { title: 'Pool', cell: ({ pool, roles }) => (roles.includes('generate') ? pool : 'tells only') },
      { title: 'State', cell: (worker) => said(workerState(worker)) },
      {
        title: 'Slots in use',
        cell: ({ active, slots, roles }) => (roles.includes('generate') ? used(active, slots) : UNKNOWN),
      },
      {
        title: 'Calls, last minute',
        isNumber: true,
        cell: ({ calls, failed_calls: failed }) => [
          count(calls),
          ...(failed === 0 ? [] : [small(`${count(failed)} failed`)]),
        ],
      },
      {
        title: 'Processor, memory',
        isNumber: true,
        cell: ({ cpu, memory }) => `${percent(cpu)}, ${percent(memory)}`,
      },
    ],
  });

const backends = (): LiveTable<BackendPart> =>
  new LiveTable(byId('backends', HTMLElement), {
    caption: 'Where workers send calls; the share is of the jobs that ended in the last minute',
    empty: 'No backend is known.',
    key: ({ id }) => id,
    columns: [
      { title: 'Backend', cell: ({ id, kind }) => [id, ...(kind === id ? [] : [small(kind)])] },
      {
        title: 'State',
        cell: (backend) => [
          said(backendState(backend)),
          ...(backend.problem === null ? [] : [small(backend.problem)]),
        ],
      },
      {
        title: 'Circuit',
        cell: (backend) => [
          said(circuitState(backend)),
          ...(backend.models_cut_off.length === 0 ? [] : [small(`for ${list(backend.models_cut_off)}`)]),
        ],
      },
      {
        title: 'Share of jobs',
        cell: ({ share }) => (share === null ? UNKNOWN : [percent(share), bar(share)]),
      },
      { title: 'Open calls', cell: ({ active, max_connections: max }) => used(active, max) },
      {
        title: 'Admitted rate',
        isNumber: true,
        cell: ({ admits }) => (admits < 1 ? stateOf(percent(admits), 'warn') : 'all'),
      },
    ],
  });

const USD = ['budget', 'key_budget'];

function limitText({ rule, limit, remaining, shadow }: TenantPart['limits'][number]): string {
  const money = USD.includes(rule) ? '$' : '';
  const number = (value: number): string =>
    money === '' ? count(Math.floor(value)) : `${money}${value.toFixed(2)}`;
  return `${rule}: ${number(remaining)} of ${number(limit)} left${shadow ? ' (shadow)' : ''}`;
}

const tenants = (): LiveTable<TenantPart> =>
  new LiveTable(byId('tenants', HTMLElement), {
    caption: 'Those ahead of their share of a pool first; renewed every 5 s',
    empty: 'No tenant has sent anything lately.',
    key: ({ tenant }) => tenant,
    columns: [
      {
        title: 'Tenant',
        cell: ({ tenant, client_id: client }) => [
          client ?? 'unknown',
          element('small', { class: 'mono' }, tenant),
        ],
      },
      { title: 'Tier', cell: ({ tier }) => tier ?? UNKNOWN },
      {
        title: 'Ahead of its share',
        isNumber: true,
        cell: ({ lag_jobs: lag }) => (lag === 0 ? 'no' : plural(Math.ceil(lag), 'job')),
      },
      {
        title: 'In flight',
        isNumber: true,
        cell: ({ in_flight: held, queued }) => [
          count(held),
          ...(queued === 0 ? [] : [small(`${count(queued)} waiting`)]),
        ],
      },
      {
        title: 'Limits',
        cell: ({ limits }) =>
          limits.length === 0
            ? element('span', { class: 'soft' }, 'none')
            : element('div', { class: 'limits' }, ...limits.map(limitPart)),
      },
    ],
  });

const limitPart = (limit: TenantPart['limits'][number]): HTMLElement =>
  element(
    'div',
    {},
    element('span', { class: 'hint' }, limitText(limit)),
    bar(limit.limit === 0 ? 0 : 1 - limit.remaining / limit.limit, toneOf(limit)),
  );

const toneOf = ({ remaining, limit }: TenantPart['limits'][number]) =>
  remaining <= 0 ? 'bad' : remaining < limit / 5 ? 'warn' : null;

const failures = (now: () => number): LiveTable<FailurePart> =>
  new LiveTable(byId('failures', HTMLElement), {
    caption: 'Jobs that failed or expired, the newest first; what was asked is not shown',
    empty: 'No job has failed lately.',
    key: ({ job_id: id }) => id,
    columns: [
      { title: 'When', cell: ({ at_ms: at }) => ago(at, now()) },
      { title: 'Why', cell: ({ code, sentence }) => [stateOf(code, 'bad'), small(sentence)] },
      {
        title: 'Model, backend',
        cell: ({ model, backend }) => [model ?? UNKNOWN, small(backend ?? 'no backend')],
      },
      { title: 'Caller', cell: ({ client_id: client, pool }) => [client ?? UNKNOWN, small(`pool ${pool}`)] },
      {
        title: 'Job',
        cell: ({ job_id: id, attempts }) => [
          mono(id),
          ...(attempts === null ? [] : [small(plural(attempts, 'attempt'))]),
        ],
      },
    ],
  });

/** All tables of the page. */
export function makeTables(): (snapshot: Snapshot) => void {
  let nowMs = 0;
  const made = {
    pools: pools(),
    workers: workers(),
    backends: backends(),
    tenants: tenants(),
    failures: failures(() => nowMs),
  };
  return (snapshot) => {
    nowMs = snapshot.at_ms;
    const more = snapshot.workers_left_out;
    made.pools.show(snapshot.pools);
    made.workers.show(snapshot.workers, more === 0 ? '' : `; ${count(more)} more are left out`);
    made.backends.show(snapshot.backends);
    made.tenants.show(snapshot.tenants);
    made.failures.show(snapshot.failures);
  };
}
