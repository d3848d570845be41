import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventDecoder } from './sent-events.js';

const TEXT =
  'retry: 1000\n\n: nothing yet\n\nevent: token\nid: 1-2-3\ndata: {"text":"a"}\n\ndata: one\ndata:  two\n\nevent: end\ndata\n\n';
const EVENTS = [
  { event: 'token', id: '1-2-3', data: '{"text":"a"}' },
  { event: 'message', id: null, data: 'one\n two' },
  { event: 'end', id: null, data: '' },
];

describe('the events of a stream', () => {
  it('are the same however the stream was cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(TEXT.length)), (cuts) => {
        const at = [0, ...cuts.sort((one, other) => one - other), TEXT.length];
        const pieces = at.slice(1).map((end, index) => TEXT.slice(at[index], end));
        const decoder = new EventDecoder();
        expect(pieces.flatMap((piece) => decoder.take(piece))).toEqual(EVENTS);
      }),
    );
  });

  it('are told only when they are whole', () => {
    const decoder = new EventDecoder();
    expect(decoder.take('event: token\ndata: half')).toEqual([]);
    expect(decoder.take(' of it\n\n')).toEqual([{ event: 'token', id: null, data: 'half of it' }]);
  });
});
