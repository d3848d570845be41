import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { AllowedHosts } from './allowed-hosts.js';
import { judgeAddress, judgeHost } from './judge-host.js';

/** A socket was not opened: the host leads inside the network. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
  readonly code = 'HOST_REFUSED';
}

/** `dns.lookup` for all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[] | undefined) => void,
) => void;

const CONNECT_MS_MAX = 10_000;

/**
 * Opens sockets to public addresses and to allowed hosts only. A host is judged by its name or literal address first (no
 * lookup is asked for a literal), then by the very addresses that the socket is opened to, so that a name which leads
 * elsewhere the next time does not help.
 */
export function guardedDispatcher(allowed: AllowedHosts, lookUp: Lookup = lookup): Dispatcher {
  /** By port: a lookup is not told the port. */
  const connectors = new Map<number, buildConnector.connector>();
  const connectorFor = (port: number): buildConnector.connector => {
    const known =
      connectors.get(port) ??
      buildConnector({ timeout: CONNECT_MS_MAX, lookup: guardedLookup(port, allowed, lookUp) });
    connectors.set(port, known);
    return known;
  };
  return new Agent({
    connect: (options, callback) => {
      const port = portOf(options);
      const judged = judgeHost({ hostname: options.hostname, port }, allowed);
      if (judged.kind === 'refused') callback(new HostRefused(judged.because), null);
      else connectorFor(port)(options, callback);
    },
  });
}

const portOf = ({ port, protocol }: buildConnector.Options): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

function guardedLookup(port: number, allowed: AllowedHosts, lookUp: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    const isOpen = judgeHost({ hostname, port }, allowed).kind === 'open';
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      const refused = isOpen
        ? undefined
        : found?.map(({ address }) => judgeAddress(address, port, allowed)).find((why) => why !== null);
      const [first] = found ?? [];
      if (error !== null) callback(error, '', 0);
      else if (typeof refused === 'string') callback(new HostRefused(refused), '', 0);
      else if (first === undefined) callback(new HostRefused(`${hostname} has no address`), '', 0);
      else if (options.all === true) callback(null, found ?? []);
      else callback(null, first.address, first.family);
    });
  };
}
