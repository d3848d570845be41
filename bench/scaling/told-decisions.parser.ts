import { z } from 'zod';
import { scalingDecision, type ScalingDecision } from '#common/contracts/scaling.js';
import type { PoolReading, ScalingConfig, ScalingMemory } from '../../apps/scaler/src/policy/scaling.js';
import { LaunchError } from '#scripts/local/launch-error.js';

/** A decision with all that it came from. */
export interface ToldDecision {
  /** Where it is in its file, from 1 on. */
  readonly line: number;
  readonly pool: string;
  readonly reading: PoolReading;
  readonly memory: ScalingMemory;
  readonly config: ScalingConfig;
  readonly decision: ScalingDecision;
  /** The decision byte for byte. */
  readonly text: string;
}

const told = z.object({
  pool: z.string(),
  decision: scalingDecision,
  trace: z.object({
    reading: z.looseObject({ now_ms: z.number() }),
    memory: z.looseObject({}),
    config: z.looseObject({ policy: z.string(), slo: z.looseObject({}) }),
  }),
});
/** As it came: a schema would put the fields into an order of its own. */
const raw = z.object({ decision: z.unknown(), trace: z.unknown() });

/**
 * Reads what `--export` printed; empty lines do not count. The readings are taken at their word: what another release traced may
 * lack what this one's policies need.
 * @throws LaunchError with one sentence that names the line.
 */
export function readToldDecisions(text: string): ToldDecision[] {
  return text
    .split('\n')
    .map((line, at) => ({ line: line.trim(), number: at + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => readLine(line, number));
}

function readLine(text: string, line: number): ToldDecision {
  const json = readJson(text, line);
  const read = told.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new LaunchError(
      `Line ${line} is no decision as --export prints it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
    );
  }
  const { decision, trace } = raw.parse(json);
  const { reading, memory, config } = trace as Pick<ToldDecision, 'reading' | 'memory' | 'config'>;
  const { pool, decision: known } = read.data;
  return { line, pool, reading, memory, config, decision: known, text: JSON.stringify(decision) };
}

function readJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new LaunchError(`Line ${line} is not JSON.`);
  }
}
