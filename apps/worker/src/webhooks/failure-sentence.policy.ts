/** Everything else is `the call failed`. The first pattern that fits the error's code decides. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^HOST_REFUSED$/, 'the host leads inside the network'],
  [/^(?:ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/, 'the host name has no address'],
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(?:UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'no connection could be opened'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_CLOSED)$/, 'the connection broke off'],
  [/CERT|^(?:UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_)|SELF_SIGNED|CRL/, 'TLS: no trusted connection'],
  [/^(?:HPE_|UND_ERR_HEADERS|UND_ERR_RESPONSE|UND_ERR_RES_)/, 'the answer is no HTTP'],
];

/** What the owner of a receiver is told of a call that brought no answer: fixed words, because errors name addresses inside. */
export const failureSentence = (code: string): string =>
  SENTENCES.find(([pattern]) => pattern.test(code))?.[1] ?? 'the call failed';
