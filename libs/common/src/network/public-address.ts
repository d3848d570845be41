import ipaddr from 'ipaddr.js';

/** Public by its number, yet it leads to the platform the machine runs on (Azure's wire server). */
const PLATFORM = new Set(['168.63.129.16']);

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An IP address in its usual spelling, in brackets or not; null for what is none. */
export function parseAddress(text: string): Address | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : null;
}

/** What is wrong with an address as a public one, such as `loopback`; null for a public unicast address. */
export function whyNotPublic(address: Address): string | null {
  const range = address.range();
  if (range !== 'unicast') return RANGES[range] ?? range;
  if (PLATFORM.has(address.toString())) return 'an address of the platform';
  // All public IPv6 addresses begin with 001; beyond them nothing is assigned.
  const isUnassigned = address instanceof ipaddr.IPv6 && (address.parts[0] ?? 0) >> 13 !== 1;
  return isUnassigned ? 'unassigned' : null;
}

const RANGES: Readonly<Record<string, string>> = {
  private: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
  uniqueLocal: 'unique local',
  carrierGradeNat: 'of carrier-grade NAT',
  ipv4Mapped: 'an IPv4 address in IPv6',
  rfc6052: 'an IPv4 address in IPv6',
  rfc6145: 'an IPv4 address in IPv6',
  '6to4': 'an IPv4 address in IPv6',
  teredo: 'an IPv4 address in IPv6',
};

/** An IPv4 address that is written as an IPv6 one is the IPv4 address. */
export function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
