import { describe, expect, it } from '@jest/globals';
import { parseTrace } from './trace.parser.js';

const HEAD = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const FIRST = '2023-11-16 18:15:46.6805900,374,44';

describe('parseTrace', () => {
  it('counts from the first request and derives service times from tokens', () => {
    const text = `${HEAD}\r\n${FIRST}\r\n2023-11-16 18:15:50.9305900,5000,100\r\n`;
    const { arrivals, services } = parseTrace('/traces/a.csv', text);
    expect(arrivals[0]).toBe(0);
    expect(arrivals[1]).toBeCloseTo(4.25, 5);
    expect(services[0]).toBeCloseTo(0.3 + 374 / 5_000 + 0.88, 9);
    expect(services[1]).toBeCloseTo(3.3, 9);
  });

  it.each([
    ['other columns', `t_s,rate_rps\n0,1\n`, 'line 1'],
    ['no requests', `${HEAD}\n`, 'no requests'],
    ['a missing column', `${HEAD}\n${FIRST}\n2023-11-16 18:15:50,374\n`, 'line 3'],
    ['a day that is none', `${HEAD}\n2023-13-16 18:15:50,374,1\n`, 'line 2'],
    ['a negative count', `${HEAD}\n${FIRST}\n2023-11-16 18:15:50,-1,1\n`, 'line 3'],
    ['an empty line within', `${HEAD}\n${FIRST}\n\n${FIRST}\n`, 'line 3'],
    ['a step back in time', `${HEAD}\n${FIRST}\n2023-11-16 18:15:45,1,1\n`, 'line 3'],
  ])('refuses %s and says where', (_, text, where) => {
    expect(() => parseTrace('a.csv', text)).toThrow(where);
  });
});
