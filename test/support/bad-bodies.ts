const nested = (depth: number): string =>
  `{"prompt":"x","metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`;
/** A body of exactly so many bytes. */
export const bodyOf = (bytes: number): string => {
  const frame = '{"prompt":""}';
  return `{"prompt":"${'x'.repeat(bytes - frame.length)}"}`;
};
export const MEBIBYTE = 1024 * 1024;

export interface BadBody {
  readonly what: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly code: string;
  readonly param?: string;
}

/** Bodies of POST /generate that are refused, with what they are told. */
export const badBodies: readonly BadBody[] = [
  { what: 'half a JSON object', body: '{"prompt":', status: 400, code: 'invalid_json' },
  { what: 'no body', body: '', status: 400, code: 'invalid_value' },
  {
    what: 'bytes that are no UTF-8',
    body: Uint8Array.from([0x22, 0xc3, 0x28, 0x22]),
    status: 400,
    code: 'invalid_json',
  },
  { what: 'a list instead of an object', body: '[]', status: 400, code: 'invalid_value' },
  { what: 'null', body: 'null', status: 400, code: 'invalid_value' },
  { what: 'nesting 33 deep', body: nested(32), status: 400, code: 'too_deep' },
  { what: 'nesting 5,000 deep', body: nested(5_000), status: 400, code: 'too_deep' },
  {
    what: '__proto__',
    body: '{"prompt":"x","__proto__":{"mode":"async"}}',
    status: 400,
    code: 'invalid_value',
    param: '__proto__',
  },
  {
    what: '__proto__ in disguise',
    body: '{"prompt":"x","\\u005f_proto__":{"mode":"async"}}',
    status: 400,
    code: 'invalid_value',
    param: '__proto__',
  },
  {
    what: 'constructor.prototype',
    body: '{"prompt":"x","constructor":{"prototype":{"a":1}}}',
    status: 400,
    code: 'invalid_value',
  },
  {
    what: 'an unknown field',
    body: '{"prompt":"x","top_p":1}',
    status: 400,
    code: 'invalid_value',
    param: 'top_p',
  },
  { what: 'a number as prompt', body: '{"prompt":1}', status: 400, code: 'invalid_value', param: 'prompt' },
  { what: 'an empty prompt', body: '{"prompt":""}', status: 400, code: 'invalid_value', param: 'prompt' },
  { what: 'neither prompt nor messages', body: '{}', status: 400, code: 'invalid_value', param: 'prompt' },
  {
    what: 'both prompt and messages',
    body: '{"prompt":"x","messages":[{"role":"user","content":"y"}]}',
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  {
    what: 'a lone high surrogate',
    body: '{"prompt":"\\ud800"}',
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  {
    what: 'a lone low surrogate in a message',
    body: '{"messages":[{"role":"user","content":"\\udc00"}]}',
    status: 400,
    code: 'invalid_value',
    param: 'messages.0.content',
  },
  {
    what: 'text as max_tokens',
    body: '{"prompt":"x","max_tokens":"9"}',
    status: 400,
    code: 'invalid_value',
    param: 'max_tokens',
  },
  {
    what: 'half a token',
    body: '{"prompt":"x","max_tokens":0.5}',
    status: 400,
    code: 'invalid_value',
    param: 'max_tokens',
  },
  {
    what: 'a temperature of 3',
    body: '{"prompt":"x","temperature":3}',
    status: 400,
    code: 'invalid_value',
    param: 'temperature',
  },
  {
    what: 'an unknown mode',
    body: '{"prompt":"x","mode":"later"}',
    status: 400,
    code: 'invalid_value',
    param: 'mode',
  },
  {
    what: 'a model with line breaks',
    body: '{"prompt":"x","model":"a\\nb"}',
    status: 400,
    code: 'invalid_value',
    param: 'model',
  },
  {
    what: 'a negative timeout',
    body: '{"prompt":"x","timeout_ms":-1}',
    status: 400,
    code: 'invalid_value',
    param: 'timeout_ms',
  },
  {
    what: '257 messages',
    body: JSON.stringify({ messages: Array.from({ length: 257 }, () => ({ role: 'user', content: 'x' })) }),
    status: 400,
    code: 'invalid_value',
    param: 'messages',
  },
  {
    what: '400,001 characters',
    body: JSON.stringify({ prompt: 'x'.repeat(400_001) }),
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  { what: '1 MiB + 1 byte', body: bodyOf(MEBIBYTE + 1), status: 413, code: 'body_too_large' },
];
