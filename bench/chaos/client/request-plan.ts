import type { Receiver } from '../backend/receivers.js';
import { between, diceFor, pick, weighted } from '../seeded.js';
import { markerOf } from './marker.js';

export type Mode = 'sync' | 'async' | 'stream' | 'chat' | 'chat-stream';

/** What a caller does about its request besides waiting for it. */
export type Intent =
  { readonly kind: 'stay' } | { readonly kind: 'cancel' | 'hang-up'; readonly afterMs: number };

/** One request: a pure function of seed and number. */
export interface RequestPlan {
  readonly number: number;
  readonly marker: string;
  readonly user: string;
  readonly mode: Mode;
  /** Null: an unanswered request is never repeated. */
  readonly idempotencyKey: string | null;
  readonly priority: 'high' | 'normal' | 'low';
  /** `sync`: how long the call waits. `async`, `stream`: the job's deadline. Null: the default. */
  readonly timeoutMs: number | null;
  readonly intent: Intent;
  readonly receiver: Receiver | null;
  /** Which API process is asked first. */
  readonly api: number;
}

export interface MixOptions {
  readonly seed: number;
  /** Tells runs apart; letters and digits. */
  readonly run: string;
  readonly hasReceivers: boolean;
}

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
const RECEIVED_SHARE = 0.6;
const RECEIVER_SHARES = [
  ['steady', 60],
  ['flaky', 30],
  ['slow', 10],
] as const satisfies readonly (readonly [Receiver, number])[];
/** How long a synchronous call waits before it is answered 202, in milliseconds. */
export const SYNC_WAIT_MS = 10_000;

export function planRequest({ seed, run, hasReceivers }: MixOptions, number: number): RequestPlan {
  const dice = diceFor(seed, `request ${number}`);
  const marker = markerOf(run, number);
  const mode = weighted<Mode>(dice, [
    ['async', 40],
    ['sync', 25],
    ['stream', 15],
    ['chat', 10],
    ['chat-stream', 10],
  ]);
  const isNative = mode !== 'chat' && mode !== 'chat-stream';
  const hasKey = dice() < 0.5;
  const isHurried = dice() < 0.05 && (mode === 'async' || mode === 'stream');
  const intent = intentOf(dice(), between(dice, 0, 1_500), mode);
  return {
    number,
    marker,
    user: `chaos-${pick(dice, USERS)}`,
    mode,
    idempotencyKey: hasKey ? `key-${marker}` : null,
    priority: weighted(dice, [
      ['normal', 70],
      ['high', 15],
      ['low', 15],
    ]),
    timeoutMs: isHurried ? between(dice, 200, 1_500) : mode === 'sync' ? SYNC_WAIT_MS : null,
    intent,
    receiver: isNative && dice() < RECEIVED_SHARE && hasReceivers ? weighted(dice, RECEIVER_SHARES) : null,
    api: between(dice, 0, 1),
  };
}

function intentOf(dice: number, afterMs: number, mode: Mode): Intent {
  if (mode === 'async') return dice < 0.12 ? { kind: 'cancel', afterMs } : { kind: 'stay' };
  return dice < 0.07 ? { kind: 'hang-up', afterMs } : { kind: 'stay' };
}
