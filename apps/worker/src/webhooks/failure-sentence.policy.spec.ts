import { describe, expect, it } from '@jest/globals';
import { failureSentence } from './failure-sentence.policy.js';

describe('what is said of a call that brought no answer', () => {
  it.each([
    ['HOST_REFUSED', 'the host leads inside the network'],
    ['ENOTFOUND', 'the host name has no address'],
    ['ECONNREFUSED', 'the connection was refused'],
    ['UND_ERR_CONNECT_TIMEOUT', 'no connection could be opened'],
    ['UND_ERR_SOCKET', 'the connection broke off'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS: no trusted connection'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS: no trusted connection'],
    ['CERT_HAS_EXPIRED', 'TLS: no trusted connection'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS: no trusted connection'],
    ['HPE_INVALID_CONSTANT', 'the answer is no HTTP'],
    ['something else', 'the call failed'],
  ])('follows from its code %s: %s', (code, sentence) => {
    expect(failureSentence(code)).toBe(sentence);
  });
});
