import { createDice } from '../../../apps/worker/src/backends/simulator/dice.js';
import { arrive } from '../arrivals.js';
import { type Answer, byKind, call, codeOf } from '../caller.js';
import { atLeastPart, atMostMs, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { quantile } from '../quantiles.js';

const SLOTS = 20;
const SERVICE_MS = 1_000;
/** Jobs a second. */
const CAPACITY = SLOTS / (SERVICE_MS / 1_000);
const DEADLINE_MS = 10_000;
/** The queue has to be as full as it gets before anything is counted. */
const SETTLING_SECONDS = 30;
const COUNTED_SECONDS = 60;
const GOODPUT_MIN = 0.9;
const REFUSAL_MS_MAX = 50;
const PREMIUM_MIN = 0.99;

interface Crowd {
  readonly tier: string;
  readonly tenants: number;
  readonly share: number;
  /** Offered, as a part of the capacity; together they are 3. */
  readonly offered: number;
}

/** Premium’s share is 8 of 16, half of the capacity; it asks for less. */
const CROWDS: readonly Crowd[] = [
  { tier: 'premium', tenants: 1, share: 8, offered: 0.4 },
  { tier: 'basic', tenants: 2, share: 2, offered: 1.1 },
  { tier: 'anonymous', tenants: 4, share: 1, offered: 1.5 },
];

const CONFIG = {
  tiers: Object.fromEntries(CROWDS.map(({ tier, share }) => [tier, { share }])),
  backends: [
    {
      id: 'simulator',
      kind: 'simulator',
      max_connections: 10_000,
      profiles: { 'sim-second': { latency_ms: SERVICE_MS, latency_sigma: 0, tokens_per_second: 0 } },
    },
  ],
};

type Told = Answer & { readonly tier: string };
/** The headers that tell each tenant of a crowd. */
type Tenants = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

async function tenantsOf(fleet: Fleet): Promise<Tenants> {
  const made = new Map<string, Record<string, string>[]>();
  for (const { tier, tenants } of CROWDS) {
    const headers: Record<string, string>[] = [];
    for (let number = 0; number < tenants; number += 1) {
      const name = `${tier}-${number}`;
      if (tier === 'anonymous') headers.push({ 'x-user-id': name });
      else headers.push({ authorization: `Bearer ${await fleet.createKey(tier, name)}` });
    }
    made.set(tier, headers);
  }
  return made;
}

/** Everybody at once, for so long; all that they were answered. */
async function crowdsCome(url: string, tenants: Tenants, seed: number): Promise<Told[]> {
  const streams = CROWDS.flatMap(({ tier, tenants: count, offered }) =>
    (tenants.get(tier) ?? []).map((headers) => ({ tier, headers, perSecond: (offered * CAPACITY) / count })),
  );
  const answers = await Promise.all(
    streams.map(({ tier, headers, perSecond }, number) => {
      const order = {
        perSecond,
        seconds: SETTLING_SECONDS + COUNTED_SECONDS,
        dice: createDice(seed, number),
      };
      const json = { model: 'sim-second', prompt: 'x', timeout_ms: DEADLINE_MS };
      return arrive(order, async () => ({ ...(await call(`${url}/generate`, { json, headers })), tier }));
    }),
  );
  return answers.flat();
}

const isGood = ({ status, tookMs }: Answer): boolean => status === 200 && tookMs <= DEADLINE_MS;
const isRefusal = (answer: Answer): boolean =>
  ['overloaded', 'queue_full', 'rate_limit_exceeded'].includes(codeOf(answer) ?? '');
const partOf = (part: readonly unknown[], whole: readonly unknown[]): number => part.length / whole.length;

function findingsOf(answers: readonly Told[], began: number): Finding[] {
  const from = began + SETTLING_SECONDS * 1_000;
  const to = from + COUNTED_SECONDS * 1_000;
  const ended = answers.filter(({ sentAt, tookMs }) => sentAt + tookMs >= from && sentAt + tookMs < to);
  const sent = answers.filter(({ sentAt }) => sentAt >= from);
  const premium = sent.filter(({ tier }) => tier === 'premium');
  const refusals = sent.filter(isRefusal).map(({ tookMs }) => tookMs);
  const offered = sent.length / COUNTED_SECONDS / CAPACITY;
  return [
    told('offered', `${offered.toFixed(2)} × the capacity of ${CAPACITY} jobs/s for ${COUNTED_SECONDS} s`),
    atLeastPart(
      'goodput: completed within their deadline of 10 s',
      ended.filter(isGood).length / (CAPACITY * COUNTED_SECONDS),
      GOODPUT_MIN,
    ),
    atMostMs(`p99 of ${refusals.length} refusals, at the client`, quantile(refusals, 0.99), REFUSAL_MS_MAX),
    told('their median', `${quantile(refusals, 0.5).toFixed(1)} ms`),
    atLeastPart(
      'premium, below its share: completed within their deadline',
      partOf(premium.filter(isGood), premium),
      PREMIUM_MIN,
    ),
    ...CROWDS.map(({ tier }) => told(tier, byKind(sent.filter((answer) => answer.tier === tier)))),
  ];
}

export const overload: Figure = {
  name: 'overload',
  title: '3× overload: goodput ≥ 90 %, refusals p99 < 50 ms, premium success ≥ 99 %',
  async measure({ seed, signal }) {
    const fleet = await Fleet.start({
      env: { WORKER_SLOTS: String(SLOTS), JOB_DEADLINE_MS: String(DEADLINE_MS), LOG_LEVEL: 'warn' },
      config: CONFIG,
      signal,
    });
    try {
      const tenants = await tenantsOf(fleet);
      const began = performance.now();
      const answers = await crowdsCome(fleet.url(), tenants, seed);
      return [...findingsOf(answers, began), exactly('processes that crashed', fleet.crashed.length, 0)];
    } finally {
      await fleet.stop();
    }
  },
};
