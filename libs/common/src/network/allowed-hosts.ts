import ipaddr from 'ipaddr.js';
import { type Address, parseAddress, unmapped } from './public-address.js';

type Entry = { readonly port: number | null } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'suffix'; readonly suffix: string }
  | { readonly kind: 'network'; readonly network: [Address, number] }
);

const NAME = /^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const PORT = /^(?<host>\[[^\]]*\]|[^:]*):(?<port>\d{1,5})$/;

/** Hosts inside the network that may be called all the same: names, `*.suffix`, addresses, networks, each with a port or for all. */
export class AllowedHosts {
  static readonly NONE = new AllowedHosts([]);

  private constructor(private readonly entries: readonly Entry[]) {}

  /** Of a list separated by commas. The second value holds what is no host. */
  static parse(text: string): { readonly hosts: AllowedHosts; readonly unknown: readonly string[] } {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const entries = parts.map((part) => [part, parseEntry(part)] as const);
    return {
      hosts: new AllowedHosts(entries.flatMap(([, entry]) => (entry === null ? [] : [entry]))),
      unknown: entries.flatMap(([part, entry]) => (entry === null ? [part] : [])),
    };
  }

  /** Whether this host name may be called on this port, wherever it leads. `name` as `plainName` makes it. */
  hasName(name: string, port: number): boolean {
    return this.entries.some((entry) => isFor(entry, port) && fitsName(entry, name));
  }

  hasAddress(address: Address, port: number): boolean {
    const plain = unmapped(address);
    return this.entries.some((entry) => isFor(entry, port) && fitsAddress(entry, plain));
  }
}

/** A host name as it is compared: in lower case, without the dots of the root at its end. */
export const plainName = (hostname: string): string => hostname.toLowerCase().replace(/\.+$/, '');

const isFor = ({ port }: Entry, asked: number): boolean => port === null || port === asked;

function fitsName(entry: Entry, name: string): boolean {
  if (entry.kind === 'name') return entry.name === name;
  return entry.kind === 'suffix' && name.endsWith(entry.suffix) && name.length > entry.suffix.length;
}

function fitsAddress(entry: Entry, address: Address): boolean {
  if (entry.kind !== 'network') return false;
  const [network, bits] = entry.network;
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
}

function parseEntry(text: string): Entry | null {
  if (parseNetwork(text) !== null) return entryOf(text, null);
  const { host = text, port } = PORT.exec(text)?.groups ?? {};
  if (Number(port ?? 1) > 65_535) return null;
  return entryOf(host, port === undefined ? null : Number(port));
}

function entryOf(host: string, port: number | null): Entry | null {
  const network = parseNetwork(host);
  if (network !== null) return { kind: 'network', network, port };
  const name = plainName(host);
  if (name.startsWith('*.') && NAME.test(name.slice(2)))
    return { kind: 'suffix', suffix: name.slice(1), port };
  // A name of digits and dots alone would be an address in another spelling.
  return NAME.test(name) && !/^[\d.]+$/.test(name) ? { kind: 'name', name, port } : null;
}

function parseNetwork(text: string): [Address, number] | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.includes('/')) return ipaddr.isValidCIDR(bare) ? ipaddr.parseCIDR(bare) : null;
  const address = parseAddress(bare);
  if (address === null) return null;
  const plain = unmapped(address);
  return [plain, plain instanceof ipaddr.IPv4 ? 32 : 128];
}
