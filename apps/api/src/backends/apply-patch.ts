import { type BackendConfig, backendConfig } from '#common/config/backend-config.js';
import { Refusal } from '#common/errors/refusal.js';
import type { BackendPatch } from './backends.schema.js';
import type { Changeable } from './registry.ledger.js';

/** Without them a backend would be another one. */
const OF_ADDED_ONLY = ['url', 'api_key_env', 'health'] as const;

/** What a backend becomes. `kind`: of the configured backend. @throws Refusal invalid_value naming the field. */
export function applyPatch(
  kept: Changeable,
  patch: BackendPatch,
  kind: BackendConfig['kind'] | null,
): Changeable {
  if (kept.standing === 'added') return { standing: 'added', config: patched(kept.config, patch) };
  const { url: _, api_key_env: _k, health: _h, ...change } = patch;
  const foreign = OF_ADDED_ONLY.find((field) => patch[field] !== undefined);
  if (foreign !== undefined) throw invalid(foreign, 'is changed in the configuration file for this backend');
  if (kind === 'simulator' && change.timeout_ms !== undefined)
    throw invalid('timeout_ms', 'a simulator has none');
  return { standing: 'configured', change: { ...kept.change, ...change } };
}

function patched(config: BackendConfig, { api_key_env, ...patch }: BackendPatch): BackendConfig {
  const { api_key_env: before, ...rest } =
    config.kind === 'openai' ? config : { ...config, api_key_env: undefined };
  const key = api_key_env === undefined ? before : (api_key_env ?? undefined);
  const read = backendConfig.safeParse({
    ...rest,
    ...patch,
    ...(key === undefined ? {} : { api_key_env: key }),
  });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined);
  throw invalid(String(field ?? 'body'), issue?.message ?? 'is not accepted');
}

const invalid = (field: string, because: string): Refusal =>
  new Refusal('invalid_value', { param: field, message: `${field}: ${because}` });
