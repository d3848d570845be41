/** Headers that only a proxy adds. */
export const FORWARDED_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

export interface CallingMachine {
  /** The socket's own peer address, never a forwarded one. */
  readonly peer: string | undefined;
  readonly isForwarded: boolean;
  /** The `Host` header without its port. */
  readonly hostname: string;
}

const LOOPBACK_PEER = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a request comes from this machine itself: not through a proxy, and not under a foreign name that DNS points here. */
export function isOwnMachine({ peer, isForwarded, hostname }: CallingMachine): boolean {
  const isLocal = peer !== undefined && LOOPBACK_PEER.test(peer);
  return isLocal && !isForwarded && LOOPBACK_NAMES.includes(hostname);
}
