import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { END, eventIdOf, readEventId } from './event-id.js';

const number = fc.nat({ max: 999_999_999 });

describe('the id of an event', () => {
  it('says what its caller has seen', () => {
    fc.assert(
      fc.property(fc.record({ run: number, seq: number, chars: number }), (seen) => {
        expect(readEventId(eventIdOf(seen))).toEqual(seen);
      }),
    );
  });

  it('is none without the header, and the end where all was seen', () => {
    expect([readEventId(undefined), readEventId(''), readEventId('end')]).toEqual([null, null, END]);
  });

  it.each(['x', '1-1', '1-1.', '1.1', '-1-1.1', '1-1.1 ', '1-1.1.1', '1-1.1234567890', 'END'])(
    'is refused when no stream of ours has sent it: %j',
    (header) => {
      expect(() => readEventId(header)).toThrow('Last-Event-ID');
    },
  );
});
