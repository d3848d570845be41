import { Refusal } from '#common/errors/refusal.js';
import { canonicalAddress } from '../http/client-address.js';
import { identify, type Identity } from '../identity/identity.js';
import { isKeyId } from '../identity/key-format.js';
import type { ManageKeys } from '../identity/manage-keys.js';

/** Whose limits are meant. */
export type Limited = Pick<Identity, 'clientId' | 'tenant' | 'tier' | 'keyBudget'>;

const UNKNOWN = '0.0.0.0';

/** A caller by its identifier, for administrators: `key:<id>`, `user:<id>` or `ip:<address>`. */
export class FindLimited {
  constructor(private readonly keys: ManageKeys) {}

  /** @throws Refusal invalid_value for what is no identifier, key_not_found, dependency_unavailable. */
  async byIdentifier(identifier: string): Promise<Limited> {
    const [, kind, name = ''] = /^(key|user|ip):(.+)$/.exec(identifier) ?? [];
    switch (kind) {
      case 'key':
        if (isKeyId(name)) return this.keys.identityOf(name);
        break;
      case 'user':
        return identify({ key: undefined, userId: name, address: UNKNOWN });
      case 'ip': {
        const address = canonicalAddress(name);
        if (address !== null) return identify({ key: undefined, userId: undefined, address });
        break;
      }
      case undefined:
    }
    throw new Refusal('invalid_value', {
      param: 'identifier',
      message: 'The identifier must be key:<id of a key>, user:<user id> or ip:<address>.',
    });
  }
}
