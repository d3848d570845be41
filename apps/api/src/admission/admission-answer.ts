import { z } from 'zod';
import { JOB_STATUSES, type JobStatus } from '#common/contracts/job-status.js';
import type { Reply } from '#common/redis/reply.js';

const jobStatus = z.enum(JOB_STATUSES);

/** By rule: what remains, and in how many milliseconds all of it is back. */
export type LimitsLeft = Readonly<Record<string, readonly [number, number]>>;

export type Admission =
  | {
      readonly kind: 'admitted';
      readonly at_ms: number;
      readonly priority: number;
      readonly position: number;
      /** Null while nobody knows the pace of the pool. */
      readonly wait_ms: number | null;
      readonly is_rebase_due: boolean;
      readonly limits: LimitsLeft;
      /** Rules in shadow that would have refused. */
      readonly shadowed: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly rule: string;
      readonly retry_ms: number;
      readonly limits: LimitsLeft;
      readonly shadowed: readonly string[];
    }
  | {
      readonly kind: 'overloaded';
      readonly wait_ms: number;
      readonly retry_ms: number;
      readonly limits: LimitsLeft;
    }
  | {
      readonly kind: 'replayed';
      readonly id: string;
      readonly status: JobStatus;
      readonly pool: string;
      readonly priority: number;
    }
  | { readonly kind: 'reused' | 'queue_full' };

/** What admit.lua answers. */
export function admissionOf(reply: Reply): Admission {
  const kind = reply.text(0);
  switch (kind) {
    case 'admitted':
      return {
        kind,
        at_ms: reply.number(1),
        priority: reply.number(2),
        position: reply.number(3),
        wait_ms: reply.number(4) < 0 ? null : reply.number(4),
        is_rebase_due: reply.number(5) === 1,
        limits: limitsLeft(reply.text(6)),
        shadowed: wordsIn(reply.text(7)),
      };
    case 'refused':
      return {
        kind,
        rule: reply.text(1),
        retry_ms: reply.number(2),
        limits: limitsLeft(reply.text(3)),
        shadowed: wordsIn(reply.text(4)),
      };
    case 'overloaded':
      return {
        kind,
        wait_ms: reply.number(1),
        retry_ms: reply.number(2),
        limits: limitsLeft(reply.text(3)),
      };
    case 'replayed':
      return {
        kind,
        id: reply.text(1),
        status: jobStatus.parse(reply.text(2)),
        pool: reply.text(3),
        priority: Number(reply.text(4)),
      };
    case 'reused':
    case 'queue_full':
      return { kind };
    default:
      throw new TypeError(`admit.lua answered ${kind}`);
  }
}

const wordsIn = (text: string): string[] => (text === '' ? [] : text.split(' '));

/** As scripts say it: a line `<rule> <remaining> <ms>` for each rule. */
export function limitsLeft(text: string): LimitsLeft {
  const left: Record<string, readonly [number, number]> = {};
  if (text === '') return left;
  for (const line of text.split('\n')) {
    const [rule = '', remaining, ms] = line.split(' ');
    left[rule] = [Number(remaining), Number(ms)];
  }
  return left;
}
