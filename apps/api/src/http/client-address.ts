import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

interface Asker extends Pick<FastifyRequest, 'socket'> {
  /** Undefined when the caller has hung up before anybody asked. */
  readonly ip: string | undefined;
}

/**
 * The address of whoever sent a request, in its canonical form. Behind trusted proxies (TRUSTED_PROXIES) Fastify has taken
 * the right-most hop of `X-Forwarded-For` that is not trusted; where that is no address, the connection's own peer counts.
 */
export function clientAddress(request: Asker): string {
  return (
    canonicalAddress(request.ip ?? '') ?? canonicalAddress(request.socket.remoteAddress ?? '') ?? 'unknown'
  );
}

/**
 * One name for one client: IPv4 in dotted form, also when it is mapped into IPv6; IPv6 as the first address of its /64,
 * because a single host usually has all of them (RFC 6177). Null for what is no address.
 */
export function canonicalAddress(text: string): string | null {
  const plain = text.replace(/%.*$/, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(plain) && !ipaddr.IPv6.isValid(plain)) return null;
  const address = ipaddr.process(plain);
  if (address instanceof ipaddr.IPv4 || address.range() === 'loopback') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}
