import type { z } from 'zod';
import type { SimulatorProfile, simulatorProfiles } from '#common/config/backend-config.js';
import type { SIMULATED_MODELS } from '#common/contracts/simulated-models.js';

/** Changes to profiles by model name; a name that is no default begins as `sim-default`. */
export type ProfileOverrides = z.infer<typeof simulatorProfiles>;
export type ProfileOf = (model: string) => SimulatorProfile;

const FALLBACK_MODEL = 'sim-default';

/** With 150 tokens at most, the seed's 0.6 to 2.5 s. */
const FALLBACK: SimulatorProfile = {
  latency_ms: 300,
  latency_sigma: 0.3,
  tokens_per_second: 100,
  error_rate: 0,
  error_kind: 'server_error',
};
const FAST: SimulatorProfile = { ...FALLBACK, latency_ms: 50, tokens_per_second: 400 };
const ONE_DAY_MS = 24 * 3_600_000;

const NAMED: Readonly<Record<(typeof SIMULATED_MODELS)[number], SimulatorProfile>> = {
  'sim-default': FALLBACK,
  'sim-fast': FAST,
  'sim-slow': { ...FALLBACK, latency_ms: 3_000, tokens_per_second: 20 },
  'sim-flaky': { ...FAST, error_rate: 0.3 },
  'sim-instant': { ...FALLBACK, latency_ms: 0, latency_sigma: 0, tokens_per_second: 0 },
  'sim-hang': { ...FALLBACK, latency_ms: ONE_DAY_MS, latency_sigma: 0 },
};
const DEFAULTS: ReadonlyMap<string, SimulatorProfile> = new Map(Object.entries(NAMED));

/** The profile of every model: the defaults under the layers of overrides, of which the last is strongest. */
export function createProfiles(...layers: readonly ProfileOverrides[]): ProfileOf {
  const profileOf: ProfileOf = (model) =>
    layers.reduce(
      (profile, layer) => overridden(profile, layer[model]),
      DEFAULTS.get(model) ?? profileOf(FALLBACK_MODEL),
    );
  return profileOf;
}

function overridden(profile: SimulatorProfile, override: ProfileOverrides[string] = {}): SimulatorProfile {
  return {
    latency_ms: override.latency_ms ?? profile.latency_ms,
    latency_sigma: override.latency_sigma ?? profile.latency_sigma,
    tokens_per_second: override.tokens_per_second ?? profile.tokens_per_second,
    error_rate: override.error_rate ?? profile.error_rate,
    error_kind: override.error_kind ?? profile.error_kind,
  };
}
