import { type AllowedHosts, plainName } from './allowed-hosts.js';
import { parseAddress, whyNotPublic } from './public-address.js';

export interface Target {
  /** A name, or an address, in brackets or not. */
  readonly hostname: string;
  readonly port: number;
}

/** `open`: it may be called, wherever it leads. `resolve`: it may, if its addresses may. */
export type HostJudgement =
  | { readonly kind: 'open' }
  | { readonly kind: 'resolve'; readonly name: string }
  | { readonly kind: 'refused'; readonly because: string };

/** What can be said of a host without asking anybody for its addresses. */
export function judgeHost({ hostname, port }: Target, allowed: AllowedHosts): HostJudgement {
  const name = plainName(hostname);
  const literal = parseAddress(name);
  if (literal !== null) {
    const because = judgeAddress(name, port, allowed);
    return because === null ? { kind: 'open' } : { kind: 'refused', because };
  }
  if (allowed.hasName(name, port)) return { kind: 'open' };
  if (name === '') return { kind: 'refused', because: 'it names no host' };
  if (name === 'localhost' || name.endsWith('.localhost'))
    return { kind: 'refused', because: `${name} is this machine` };
  return { kind: 'resolve', name };
}

/** Why this address must not be called; null when it may. */
export function judgeAddress(text: string, port: number, allowed: AllowedHosts): string | null {
  const address = parseAddress(text);
  if (address === null) return `${text} is no address`;
  const because = whyNotPublic(address);
  if (because === null || allowed.hasAddress(address, port)) return null;
  return `${address.toString()} is no public address (${because})`;
}
