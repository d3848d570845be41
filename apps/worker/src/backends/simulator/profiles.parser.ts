import { simulatorProfiles } from '#common/config/backend-config.js';
import { BootError } from '#common/errors/boot-error.js';
import type { ProfileOverrides } from './profiles.js';

const EXAMPLE = '{"sim-fast":{"latency_ms":40}}';

/**
 * Reads the value of SIMULATOR_PROFILES; without one, nothing is overridden.
 * @throws BootError when it is not JSON or no map of profiles.
 */
export function parseSimulatorProfiles(text: string | undefined): ProfileOverrides {
  if (text === undefined || text.trim() === '') return {};
  const profiles = simulatorProfiles.safeParse(parseJson(text));
  if (profiles.success) return profiles.data;
  const problems = profiles.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new BootError(`SIMULATOR_PROFILES is not valid (${problems.join('; ')}); write it like ${EXAMPLE}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new BootError(`SIMULATOR_PROFILES is not valid JSON; write it like ${EXAMPLE}.`, { cause });
  }
}
