import { lookup } from 'node:dns/promises';
import { within } from '#common/lifecycle/within.js';
import type { AllowedHosts } from './allowed-hosts.js';
import { type HostJudgement, judgeAddress, judgeHost } from './judge-host.js';

/** All addresses of a host name. Rejects when there are none. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string }[]>;

const RESOLVE_MS_MAX = 2_000;

const resolveAll: Resolve = (name) => lookup(name, { all: true });

/** Why a URL must not be called, as far as it says so by itself; null when nothing speaks against it. */
export function judgeUrl(text: string, allowed: AllowedHosts): string | null {
  const judged = readUrl(text, allowed);
  return judged.kind === 'refused' ? judged.because : null;
}

/** Also asks for the addresses of its host, for at most 2 s. */
export async function judgeResolvedUrl(
  text: string,
  allowed: AllowedHosts,
  resolve: Resolve = resolveAll,
): Promise<string | null> {
  const judged = readUrl(text, allowed);
  if (judged.kind !== 'resolve') return judged.kind === 'refused' ? judged.because : null;
  const { name, port } = judged;
  const found = await within(RESOLVE_MS_MAX, 'the addresses', resolve(name)).catch(() => []);
  if (found.length === 0) return `the addresses of ${name} could not be found`;
  const refused = found
    .map(({ address }) => judgeAddress(address, port, allowed))
    .find((why) => why !== null);
  return refused === undefined ? null : `${name} leads inside the network: ${refused}`;
}

/** In a URL every spelling of an IPv4 address (octal, hexadecimal, one number) becomes the usual one. */
function readUrl(text: string, allowed: AllowedHosts): HostJudgement & { readonly port: number } {
  const refused = (because: string) => ({ kind: 'refused', because, port: 0 }) as const;
  if (!URL.canParse(text)) return refused('it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('only http and https are called');
  if (url.username !== '' || url.password !== '') return refused('it holds a user name or a password');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { ...judgeHost({ hostname: url.hostname, port }, allowed), port };
}
