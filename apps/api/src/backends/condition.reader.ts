import type { Redis } from 'ioredis';
import { z } from 'zod';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

/** What this process reads of a circuit (contracts/circuit.ts). */
const circuit = jsonOf(
  z.object({
    backend: z.string(),
    model: z.string(),
    state: z.object({ kind: z.enum(['closed', 'half-open', 'open']) }),
  }),
);

const health = jsonOf(z.object({ is_well: z.boolean(), checked_ms: z.number() }));

/** A circuit that is not closed, or one that cannot be read. */
export interface KnownCircuit {
  readonly backend: string;
  /** Null: unknown. */
  readonly model: string | null;
  readonly state: 'half-open' | 'open' | 'unknown';
}

export interface KnownHealth {
  readonly isWell: boolean;
  /** Unix milliseconds. */
  readonly checkedMs: number;
}

/** In what condition workers found the backends. */
export interface Condition {
  readonly circuits: readonly KnownCircuit[];
  readonly health: ReadonlyMap<string, KnownHealth>;
}

export class ConditionReader {
  constructor(private readonly redis: Redis) {}

  async read(): Promise<Condition> {
    const [circuits, checked] = await Promise.all([
      this.redis.hgetall(keys.circuits),
      this.redis.hgetall(keys.backendHealth),
    ]);
    return {
      circuits: Object.entries(circuits).flatMap(([field, text]) => readCircuit(field, text)),
      health: new Map(Object.entries(checked).flatMap(([id, text]) => readHealth(id, text))),
    };
  }
}

function readCircuit(field: string, text: string): KnownCircuit[] {
  const read = circuit.safeParse(text);
  if (!read.success) return [{ backend: field.split(' ')[0] ?? '', model: null, state: 'unknown' }];
  const { backend, model, state } = read.data;
  return state.kind === 'closed' ? [] : [{ backend, model, state: state.kind }];
}

function readHealth(id: string, text: string): [string, KnownHealth][] {
  const read = health.safeParse(text);
  return read.success ? [[id, { isWell: read.data.is_well, checkedMs: read.data.checked_ms }]] : [];
}
