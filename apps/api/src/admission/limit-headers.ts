import type { LimitsLeft } from './admission-answer.js';
import type { CountedTerms } from './admission-terms.policy.js';

/** Rules that are written in requests and tokens; money has no unit in these headers. */
const RATES: readonly string[] = ['requests', 'tokens'];

/**
 * What is left of a caller's limits: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), and
 * the headers that OpenAI's clients know. Rules in shadow refuse nobody, so they are not shown.
 */
export function limitHeaders({ rules, leases }: CountedTerms, left: LimitsLeft): Record<string, string> {
  const rates = rules.filter(({ name, shadow }) => !shadow && RATES.includes(name));
  const holds = leases.filter(({ shadow }) => !shadow);
  const policies = [
    ...rates.map(({ name, limit, window }) => {
      const unit = name === 'tokens' ? ';qu="tokens"' : '';
      return `"${name}";q=${Math.floor(limit)};w=${Math.round(window / 1_000_000)}${unit}`;
    }),
    ...holds.map(({ name, max }) => `"${name}";q=${max};qu="concurrent-requests"`),
  ];
  if (policies.length === 0) return {};
  const shown = [
    ...rates.map(({ name }) => {
      const [remaining, resetMs] = left[name] ?? [0, 0];
      return `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`;
    }),
    ...holds.map(({ name }) => `"${name}";r=${left[name]?.[0] ?? 0}`),
  ];
  return {
    'ratelimit-policy': policies.join(', '),
    ratelimit: shown.join(', '),
    ...Object.fromEntries(rates.flatMap(({ name, limit }) => openAiHeaders(name, limit, left[name]))),
  };
}

function openAiHeaders(
  name: string,
  limit: number,
  [remaining, resetMs]: readonly [number, number] = [0, 0],
): [string, string][] {
  return [
    [`x-ratelimit-limit-${name}`, String(Math.floor(limit))],
    [`x-ratelimit-remaining-${name}`, String(remaining)],
    [`x-ratelimit-reset-${name}`, duration(resetMs)],
  ];
}

/** A duration as OpenAI writes it: `20ms`, `1.5s`, `6m0s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const tenths = Math.ceil(ms / 100);
  const [minutes, seconds] = [Math.floor(tenths / 600), (tenths % 600) / 10];
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}
