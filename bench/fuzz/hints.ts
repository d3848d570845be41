import fc from 'fast-check';
import { markFor } from './known-values.js';

const pick = fc.nat({ max: 999 });

/** A value of an earlier answer. */
export const known = (name: string, place: string): fc.Arbitrary<string> =>
  pick.map((at) => markFor(at, name, place));

const words = (...all: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...all);

/** Hosts that nobody outside this machine has, in many spellings. */
const URLS = [
  'http://127.0.0.1:9/v1',
  'http://127.0.0.1:1/x?y=1#z',
  'https://model.invalid/v1',
  'http://user:password@hooks.invalid/a',
  'http://[::1]:9/',
  'http://0x7f000001/',
  'http://2130706433/',
  'http://127.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.1/',
  'ftp://hooks.invalid/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'http://',
  'http://a b',
  'http://%zz',
  'http://hooks.invalid:99999/',
  `http://hooks.invalid/${'p'.repeat(3_000)}`,
];

/** The loopback host that may be called. */
export const ALLOWED_URL = 'http://127.0.0.1:9/v1';

const MODELS = fc.oneof(
  { weight: 12, arbitrary: words('sim-instant') },
  { weight: 3, arbitrary: words('sim-fast', 'sim-flaky', 'sim-refusing', 'sim-throttled', 'sim-default') },
  { weight: 1, arbitrary: words('sim-hang', 'gpt-4o', 'gpt-3.5-turbo') },
);

const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  model: MODELS,
  fallbacks: MODELS,
  models: words('sim-*', 'sim-instant', '*', 'gpt-4o*', 'sim-fast'),
  pattern: words('sim-*', 'sim-instant', '*', 'gpt-*'),
  pool: words('default', 'default', 'default', 'large'),
  tier: words('basic', 'premium', 'anonymous', 'none'),
  url: fc.oneof(words(ALLOWED_URL), words(...URLS)),
  webhook_url: fc.oneof(words(ALLOWED_URL), words(...URLS)),
  user_id: words('u1', 'u2', 'u3'),
  tenant: words('t1', 't2'),
  identifier: words('user:u1', 'user:u2', 'ip:127.0.0.1', 'ip:::1', 'key:none'),
  role: words('user', 'system', 'assistant', 'tool'),
  content: words('Why do queues help?', 'x'),
  prompt: words('Why do queues help?', 'x'),
  'idempotency-key': words('k1', 'k2', 'k3', 'k4'),
  prefer: words('respond-async', 'wait=0', 'wait=1', 'wait=2, respond-async', 'wait=x', 'handling=lenient'),
  'x-sluice-timeout-ms': words('1', '50', '400', '0', '-1', '1e3', '99999999999'),
  'last-event-id': words('0-0', '1-1', '1-0-1', 'end', '1.1-1'),
  purpose: words('batch'),
  endpoint: words('/v1/chat/completions', '/v1/completions', '/v1/embeddings'),
  completion_window: words('24h'),
  events: words('job.completed', 'job.failed', 'job.cancelled', 'job.expired'),
};

const NUMBERS: Readonly<Record<string, fc.Arbitrary<number>>> = {
  timeout_ms: fc.constantFrom(1, 50, 400, 1_000),
  latency_ms: fc.constantFrom(0, 1, 20),
  wait: fc.constantFrom(0, 0.05, 0.3),
  max_tokens: fc.constantFrom(1, 10, 100),
  max_completion_tokens: fc.constantFrom(1, 10, 100),
};

/** Fields that name something which exists or existed. */
const IS_REFERENCE = /(?:^|_)(?:id|key|cursor|before|after)$/;

/** Likely texts of a field; null where nothing is known about its name. */
export function likelyTexts(name: string): fc.Arbitrary<string> | null {
  const listedTexts = Object.hasOwn(TEXTS, name) ? (TEXTS[name] ?? null) : null;
  if (listedTexts !== null) return listedTexts;
  return IS_REFERENCE.test(name) && name !== 'id' ? known(name, name) : null;
}

export const likelyNumbers = (name: string): fc.Arbitrary<number> | null =>
  Object.hasOwn(NUMBERS, name) ? (NUMBERS[name] ?? null) : null;
