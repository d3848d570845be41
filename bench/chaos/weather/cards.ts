import type { Card } from './schedule.js';

export const WORKERS = ['worker-1', 'worker-2', 'worker-3'] as const;
export const APIS = ['api-1', 'api-2'] as const;
export const TELLERS = ['tell-1', 'tell-2'] as const;
export const MEMBERS = [...APIS, ...WORKERS, ...TELLERS] as const;
export type MemberName = (typeof MEMBERS)[number];

export const BACKENDS = ['backend-a', 'backend-b'] as const;

/** The way from one process to Redis. */
export const redisLink = (member: string): string => `redis@${member}`;
export const POSTGRES_LINK = 'link to postgres';
export const RECEIVERS_LINK = 'link to receivers';

const redisLinks = (members: readonly string[]): string[] => members.map(redisLink);

const PROCESSES: readonly Card[] = [
  { kind: 'kill', targets: WORKERS, copies: 4, lastsMs: [300, 3_000] },
  { kind: 'kill', targets: APIS, copies: 2, lastsMs: [300, 2_000] },
  { kind: 'kill', targets: TELLERS, copies: 2, lastsMs: [300, 4_000] },
  { kind: 'kill', targets: ['redis'], copies: 1, lastsMs: [300, 3_000] },
  { kind: 'kill', targets: ['postgres'], copies: 1, lastsMs: [500, 8_000] },
  { kind: 'stop', targets: [...WORKERS, ...APIS, ...TELLERS], copies: 2, lastsMs: [300, 2_000] },
  // Longer than a job's lock: what it does afterwards, it does to a job that is not its own any more.
  { kind: 'freeze', targets: WORKERS, copies: 2, lastsMs: [1_000, 18_000] },
  { kind: 'freeze', targets: APIS, copies: 1, lastsMs: [1_000, 5_000] },
  { kind: 'freeze', targets: TELLERS, copies: 1, lastsMs: [2_000, 35_000] },
  { kind: 'freeze', targets: ['redis'], copies: 1, lastsMs: [500, 6_000] },
];

const LINKS: readonly Card[] = [
  { kind: 'slow', targets: redisLinks(MEMBERS), copies: 2, lastsMs: [2_000, 10_000] },
  { kind: 'stall', targets: redisLinks([...APIS, ...TELLERS]), copies: 2, lastsMs: [500, 6_000] },
  { kind: 'stall', targets: redisLinks(WORKERS), copies: 2, lastsMs: [1_000, 18_000] },
  { kind: 'cut', targets: redisLinks(MEMBERS), copies: 2, lastsMs: [0, 0] },
  { kind: 'refuse', targets: redisLinks(MEMBERS), copies: 1, lastsMs: [500, 8_000] },
  { kind: 'slow', targets: [POSTGRES_LINK], copies: 1, lastsMs: [2_000, 10_000] },
  { kind: 'stall', targets: [POSTGRES_LINK], copies: 1, lastsMs: [1_000, 12_000] },
  { kind: 'cut', targets: [POSTGRES_LINK], copies: 1, lastsMs: [0, 0] },
  { kind: 'slow', targets: BACKENDS, copies: 1, lastsMs: [2_000, 10_000] },
  { kind: 'stall', targets: BACKENDS, copies: 1, lastsMs: [1_000, 12_000] },
  { kind: 'cut', targets: BACKENDS, copies: 2, lastsMs: [0, 0] },
  { kind: 'refuse', targets: BACKENDS, copies: 1, lastsMs: [1_000, 8_000] },
];

const TO_RECEIVERS: readonly Card[] = [
  { kind: 'slow', targets: [RECEIVERS_LINK], copies: 1, lastsMs: [2_000, 10_000] },
  { kind: 'stall', targets: [RECEIVERS_LINK], copies: 1, lastsMs: [1_000, 8_000] },
  { kind: 'cut', targets: [RECEIVERS_LINK], copies: 1, lastsMs: [0, 0] },
  { kind: 'refuse', targets: [RECEIVERS_LINK], copies: 1, lastsMs: [1_000, 8_000] },
];

/** Everything that a storm may do. */
export const stormCards = (hasReceivers: boolean): readonly Card[] => [
  ...PROCESSES,
  ...LINKS,
  ...(hasReceivers ? TO_RECEIVERS : []),
];

/** `kill -9` to workers, APIs and Redis, and nothing else. */
export const KILL_CARDS: readonly Card[] = [
  { kind: 'kill', targets: WORKERS, copies: 4, lastsMs: [300, 3_000] },
  { kind: 'kill', targets: APIS, copies: 2, lastsMs: [300, 2_000] },
  { kind: 'kill', targets: ['redis'], copies: 1, lastsMs: [300, 3_000] },
];
