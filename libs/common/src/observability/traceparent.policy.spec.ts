import { describe, expect, it } from '@jest/globals';
import { formatTraceparent, parseTraceparent } from './traceparent.policy.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each(['00', '01'])('is told on as it came, with the flags %s', (flags) => {
    const text = `00-${TRACE}-${SPAN}-${flags}`;
    const position = parseTraceparent(text);
    expect(position).toEqual({ traceId: TRACE, spanId: SPAN, flags: Number(flags) });
    expect(position === null ? null : formatTraceparent(position)).toBe(text);
  });

  it('of a later version is read as far as it is known, and told on in ours', () => {
    const position = parseTraceparent(`cc-${TRACE}-${SPAN}-0b-what-the-future-will-be-like`);
    expect(position).toEqual({ traceId: TRACE, spanId: SPAN, flags: 11 });
    expect(position === null ? null : formatTraceparent(position)).toBe(`00-${TRACE}-${SPAN}-01`);
  });

  it.each([
    undefined,
    '',
    'garbage',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-zz`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01 `,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}0-${SPAN}-01`,
    `00-${TRACE}-${SPAN.slice(1)}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `01-${TRACE}-${SPAN}-01.more`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000)}`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('that is damaged counts as none: %j', (text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
