import { Refusal } from '#common/errors/refusal.js';
import type { AllowedHosts } from '#common/network/allowed-hosts.js';
import { judgeResolvedUrl, judgeUrl, type Resolve } from '#common/network/judge-url.js';

export interface Guard {
  readonly allowedHosts: AllowedHosts;
  /** How host names become addresses; without one, as the system does it. */
  readonly resolve?: Resolve;
}

/**
 * A URL that an endpoint may have, in its usual spelling; its host's addresses are asked for, for at most 2 s.
 * @throws Refusal url_not_allowed.
 */
export async function judgeEndpointUrl(url: string, { allowedHosts, resolve }: Guard): Promise<string> {
  return accepted(url, await judgeResolvedUrl(url, allowedHosts, resolve), 'url');
}

/**
 * A URL that a job may name, in its usual spelling. Nobody is asked for the addresses of its host: a job does not wait for
 * that, and they are judged when a worker connects. `param` is where the URL stands.
 * @throws Refusal url_not_allowed.
 */
export function judgeJobUrl(url: string, { allowedHosts }: Guard, param: string): string {
  return accepted(url, judgeUrl(url, allowedHosts), param);
}

function accepted(url: string, because: string | null, param: string): string {
  if (because === null) return new URL(url).href;
  const message = `The URL is not allowed: ${because}. Use a public address, or have its host added to WEBHOOK_ALLOW_HOSTS.`;
  throw new Refusal('url_not_allowed', { param, message });
}
