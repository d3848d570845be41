import { describe, expect, it } from '@jest/globals';
import type { ScalingExplanation } from '#common/contracts/scaling-explanation.js';
import { scalingExplanation } from '#common/contracts/scaling-explanation.js';
import type { ScalingReason } from '#common/contracts/scaling.js';
import { scalingReportOf } from '../../../../test/support/scaling-report.js';
import { decidingReason, explainDecision, explanationText, summaryOf } from './explain.policy.js';
import { sentenceOf } from './reason-sentences.policy.js';

const reason = (changes: Partial<ScalingReason>): ScalingReason => ({
  code: 'steady',
  rule: 'need',
  value: 3,
  to: 3,
  facts: {},
  ...changes,
});

const explained = (changes: Partial<ScalingExplanation> = {}): ScalingExplanation => {
  const { instances, foreign, troubles, trace, ...report } = scalingReportOf();
  return {
    ...explainDecision({ ...report, instances, foreign, troubles, trace }),
    age_seconds: 2,
    is_stale: false,
    instances,
    foreign,
    drains: {},
    troubles,
    orders: [],
    trace,
    ...changes,
  };
};

describe('the sentence of a reason', () => {
  it('names the number of workers and the facts behind it', () => {
    const facts = { offered_slots: 6.123456, model: 'yesterday', isWhole: true, usage: null };
    expect(sentenceOf(reason({ facts }))).toBe(
      'The steady load needs 3 workers (offered_slots 6.123, model yesterday, isWhole true, usage unknown).',
    );
    expect(sentenceOf(reason({ value: 1 }))).toBe('The steady load needs 1 worker.');
    expect(sentenceOf(reason({ code: 'order_pause', facts: { until_ms: 0 } }))).toBe(
      'An order pauses the scaler at 3 workers (until 1970-01-01T00:00:00.000Z).',
    );
  });

  it.each([
    ['need', 'moon needs 3 workers.'],
    ['floor', 'moon keeps at least 3 workers.'],
    ['ceiling', 'moon allows at most 3 workers.'],
    ['set', 'moon makes it 3 workers.'],
  ] as const)('says of an unknown code what its rule %s does', (rule, sentence) => {
    expect(sentenceOf(reason({ code: 'moon', rule }))).toBe(sentence);
    expect(sentenceOf(reason({ code: 'constructor', rule }))).toContain('constructor');
  });
});

describe('the summary of a decision', () => {
  it('is what is wanted, what is there, and the last step that changed the number', () => {
    const report = scalingReportOf();
    expect(summaryOf(report)).toBe('Wants 4 workers and has 2 (up). The pool has at most 4 workers.');
    const idle = reason({ code: 'backlog', value: 0, to: 3 });
    expect(decidingReason([reason({}), idle])?.code).toBe('steady');
    expect(decidingReason([reason({ value: 0, to: 0 })])?.code).toBe('steady');
    expect(decidingReason([])).toBeNull();
    const bare = { ...report, decision: { ...report.decision, reasons: [] } };
    expect(summaryOf(bare)).toBe('Wants 4 workers and has 2 (up).');
  });

  it('names no numbers while nobody knows which workers there are', () => {
    expect(summaryOf(scalingReportOf({ instances: null }))).toMatch(/^Holds what there is\./);
  });
});

describe('the text of an explanation', () => {
  const order = {
    id: 'admin',
    kind: 'floor',
    workers: 3,
    until_ms: 0,
    source: 'admin',
    because: 'a launch',
  } as const;

  it('has one line for each reason, worker, order and trouble', () => {
    expect(explanationText(explained({ orders: [order] })).split('\n')).toEqual([
      'Pool default. Wants 4 workers and has 2 (up). The pool has at most 4 workers.',
      'Decided 2027-01-15T08:00:00.000Z, 2 s ago, by scaler-1 (epoch 7); policy slo, mode full, driver process.',
      '',
      'Because:',
      '   2  The steady load needs 2 workers (offered_slots 6.123).',
      '   5  What waits, and what will wait until a new worker is ready, needs 5 workers (waiting_jobs 40).',
      '   4  The pool has at most 4 workers.',
      '',
      'Workers:',
      '  default-1  ready, 3 of 4 slots busy, of an old image or configuration',
      '  default-2  starting, 0 of 4 slots busy',
      '  and 1 worker with 16 slots that no scaler started',
      '',
      'Orders in force:',
      '  floor 3 until 1970-01-01T00:00:00.000Z, of admin admin: a launch',
      '',
      'Troubles:',
      '  The image is quarantined.',
      '',
    ]);
  });

  it('says that the workers are unknown, and that nobody decides any more', () => {
    const text = explanationText(explained({ instances: null, is_stale: true }));
    expect(text).toContain('Workers: unknown.');
    expect(text).toContain('no scaler has decided for more than 30 s');
  });
});

describe('an explanation', () => {
  it('is as its schema says', () => {
    expect(scalingExplanation.parse(explained())).toEqual(explained());
  });
});
