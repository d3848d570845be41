import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BACKENDS } from '../weather/cards.js';

/** Every kind of rule counts, and none of them refuses. */
const TIER = {
  requests: { per_minute: 60_000_000 },
  tokens: { per_minute: 60_000_000_000 },
  concurrent: { max: 1_000_000 },
  queued: { max: 1_000_000 },
};

/** A call that is met by a fault fails in time for another one before the job's deadline. */
const CALL_TIMEOUT_MS = 10_000;

/** Writes the configuration of one process: in the paths of its backends it says who it is. */
export function writeConfig(home: string, member: string, backendPorts: readonly number[]): string {
  const backends = BACKENDS.map((id, at) => ({
    id,
    kind: 'openai',
    url: `http://127.0.0.1:${backendPorts[at]}/${member}/v1`,
    timeout_ms: CALL_TIMEOUT_MS,
    health: { interval_ms: 2_000 },
  }));
  const file = path.join(home, `${member}.config.yaml`);
  writeFileSync(file, JSON.stringify({ tiers: { anonymous: TIER }, backends }));
  return file;
}
