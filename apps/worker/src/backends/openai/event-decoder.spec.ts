import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventDecoder, type ServerEvent } from './event-decoder.js';
import { OversizedResponse, RESPONSE_BYTES_MAX } from './read-body.js';

const decode = (...pieces: string[]): ServerEvent[] => {
  const decoder = new EventDecoder();
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
};
const data = (...texts: string[]) => texts.map((text) => ({ event: '', data: text }));

describe('EventDecoder', () => {
  it.each<[string, string, ServerEvent[]]>([
    ['line feeds', 'data: a\n\ndata: b\n\n', data('a', 'b')],
    ['returns', 'data: a\r\rdata: b\r\r', data('a', 'b')],
    ['both', 'data: a\r\n\r\ndata: b\r\n\r\n', data('a', 'b')],
    ['no blank after the colon', 'data:a\n\n', data('a')],
    ['two blanks after the colon', 'data:  a\n\n', data(' a')],
    ['several lines of data', 'data: a\ndata: b\n\n', data('a\nb')],
    ['comments, ids and other fields', ': ping\n\nid: 1\nretry: 5\ndata: a\nunknown\n\n', data('a')],
    ['a name', 'event: error\ndata: a\n\ndata: b\n\n', [{ event: 'error', data: 'a' }, ...data('b')]],
    ['no blank line at the end', 'data: a', data('a')],
    ['nothing', '\n\n', []],
  ])('reads events with %s, wherever they are cut', (_what, text, events) => {
    expect(decode(text)).toEqual(events);
    expect(decode(...Array.from(text))).toEqual(events);
    fc.assert(
      fc.property(fc.nat(text.length), (cut) => {
        expect(decode(text.slice(0, cut), '', text.slice(cut))).toEqual(events);
      }),
    );
  });

  it('gives an event as soon as it is whole', () => {
    expect(new EventDecoder().push('data: a\n\ndata')).toEqual(data('a'));
  });

  it('gives up a line that is longer than a response may be', () => {
    const decoder = new EventDecoder();
    decoder.push('x'.repeat(RESPONSE_BYTES_MAX));
    expect(() => decoder.push('x')).toThrow(OversizedResponse);
  });
});
