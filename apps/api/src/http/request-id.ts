import type { IncomingMessage } from 'node:http';
import { mintRequestId } from '#common/contracts/ids.js';

const VALID = /^[A-Za-z0-9._-]{1,128}$/;

/** A caller's own valid `x-request-id` is kept; any other is replaced. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && VALID.test(given) ? given : mintRequestId();
}
