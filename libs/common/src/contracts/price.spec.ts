import { describe, expect, it } from '@jest/globals';
import { costUsd, NANO_PER_USD, priceOf } from './price.js';

const price = (input: number, output = 0) => ({
  input_usd_per_million: input,
  output_usd_per_million: output,
});

describe('priceOf', () => {
  const prices = { 'gpt-*': price(1), 'gpt-4o*': price(2), 'gpt-4o': price(3), 'free-*': price(0) };
  it.each([
    ['gpt-3', 1],
    ['gpt-4o-mini', 2],
    ['gpt-4o', 3],
    ['free-1', 0],
    ['other', null],
    ['', null],
  ])('of %j is that of the pattern that fits best: %j', (model, dollars) => {
    const found = dollars === null ? null : price(dollars);
    expect(priceOf(prices, model)).toEqual(found);
    expect(priceOf(Object.fromEntries(Object.entries(prices).toReversed()), model)).toEqual(found);
  });

  it('is the catch-all’s rather than nobody’s', () => {
    expect(priceOf({ '*': price(9) }, 'any')).toEqual(price(9));
    expect(priceOf({}, 'any')).toBeNull();
  });
});

describe('costUsd', () => {
  it.each([
    [price(2.5, 10), 1_000_000, 0, 2.5],
    [price(2.5, 10), 0, 1_000_000, 10],
    [price(2.5, 10), 1_000, 100, 0.0035],
    [price(0, 0), 1_000, 100, 0],
    [price(2.5, 10), 0, 0, 0],
  ])('at %j for %d tokens in and %d out is $%d', (at, input_tokens, output_tokens, usd) => {
    expect(costUsd(at, { input_tokens, output_tokens })).toBeCloseTo(usd, 12);
  });

  it('of one token at a thousandth of a dollar a million is a billionth, the least that is counted', () => {
    const usd = costUsd(price(0.001), { input_tokens: 1, output_tokens: 0 });
    expect(Math.round(usd * NANO_PER_USD)).toBe(1);
  });
});
