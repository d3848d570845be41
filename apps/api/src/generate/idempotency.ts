import { digest } from '#common/contracts/digest.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Idempotency } from '../admission/admission.ledger.js';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;
const DIGITS = 40;

/**
 * What makes a repetition of this request the same request (draft-ietf-httpapi-idempotency-key-header); undefined
 * without the header. `body` is what was validated, so that spaces and the order of fields make no difference.
 * @throws Refusal invalid_value for a key that is none.
 */
export function idempotencyOf(
  header: string | undefined,
  request: { readonly tenant: string; readonly route: string; readonly body: unknown },
): Idempotency | undefined {
  if (header === undefined) return undefined;
  if (!VISIBLE_ASCII.test(header)) {
    throw new Refusal('invalid_value', {
      param: 'Idempotency-Key',
      message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
    });
  }
  return {
    key: digest(`${request.tenant} ${request.route} ${header}`, DIGITS),
    body: digest(JSON.stringify(request.body), DIGITS),
  };
}
