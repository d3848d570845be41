import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SENTENCES } from '#common/scaling/reason-sentences.policy.js';
import { SCALING_ORDERS } from '#common/contracts/scaling.js';

const directory = new URL('.', import.meta.url);
const source = readdirSync(directory)
  .filter((name) => name.endsWith('.policy.ts'))
  .map((name) => readFileSync(new URL(name, directory), 'utf8'))
  .join('\n');

/** The steps of a decision, and what bounds.policy.ts and slo.policy.ts call their own shorter ways to take one. */
const STEP = /\b(?:steps\.(?:need|floor|ceiling|set)|lower|hold)\(\s*'(\w+)'/g;
const codes = new Set([...source.matchAll(STEP)].map(([, code]) => code));
const ofOrders = SCALING_ORDERS.map((kind) => `order_${kind}`);

describe('the sentences of reasons', () => {
  it('are there for every code that a policy gives, and for no other', () => {
    expect(codes.size).toBeGreaterThan(20);
    expect(source).toMatch(/`order_\$\{order\.kind\}`/);
    expect(Object.keys(SENTENCES).sort()).toEqual([...new Set([...codes, ...ofOrders])].sort());
  });

  it('each say a number of workers once', () => {
    for (const sentence of Object.values(SENTENCES)) expect(sentence.split('#')).toHaveLength(2);
  });
});
