import { describe, expect, it } from '@jest/globals';
import { entryOf, positionOf } from '#common/contracts/job-stream.js';
import type { Outcome } from '#common/contracts/outcome.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import fc from 'fast-check';
import { Cursor } from './cursor.js';
import type { Seen } from './event-id.js';
import type { Pieces } from './stream-event.js';

const seen: Seen = { run: 101, seq: 2, chars: 2 };

const settled = (outcome: Partial<Outcome>, status: WakeUp['status'] = 'completed'): WakeUp => ({
  id: 'job_1',
  status,
  created_ms: 1,
  started_ms: 2,
  settled_ms: 3,
  worker_id: 'w',
  outcome: { attempts: 1, ...outcome },
});

/** Short for pieces: `!` for a restart, the entry, the characters so far, the text. */
const shown = (pieces: Pieces | 'gap' | null) =>
  pieces === null || pieces === 'gap'
    ? pieces
    : `${pieces.isRestart ? '!' : ''}${entryOf(pieces)}.${pieces.chars}:${pieces.text}`;

const hear = (cursor: Cursor, entry: string, text: string) => shown(cursor.hear(positionOf(entry), { text }));
const read = (cursor: Cursor, entry: string, text: string) => shown(cursor.read(positionOf(entry), { text }));

describe('what is heard', () => {
  it('is told in order and once; what is missing before it makes a gap', () => {
    const cursor = new Cursor(null);
    expect(hear(cursor, '101-2', 'b')).toBe('gap');
    expect(hear(cursor, '101-1', 'a')).toBe('101-1.1:a');
    expect(hear(cursor, '101-1', 'a')).toBeNull();
    expect(hear(cursor, '101-3', 'c')).toBe('gap');
    expect(hear(cursor, '101-2', 'bb')).toBe('101-2.3:bb');
  });

  it('of a newer run is a restart, and the old one is void from then on', () => {
    const cursor = new Cursor(seen);
    expect(hear(cursor, '201-2', 'y')).toBe('gap');
    expect(hear(cursor, '201-1', 'xx')).toBe('!201-1.2:xx');
    expect(hear(cursor, '101-3', 'c')).toBeNull();
    expect(hear(cursor, '201-2', 'y')).toBe('201-2.3:y');
  });

  it('of a newer run is no restart for whoever has seen nothing of the old one', () => {
    expect(hear(new Cursor(null), '201-1', 'x')).toBe('201-1.1:x');
  });

  it('and read in any mixture tells every entry of a run once, in order', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (taken) => {
        const cursor = new Cursor(null);
        const told: string[] = [];
        const take = (pieces: Pieces | 'gap' | null) => {
          if (pieces !== null && pieces !== 'gap') told.push(pieces.text);
        };
        for (const [isHeard, seq] of taken) {
          if (isHeard) take(cursor.hear({ run: 101, seq }, { text: `${seq}` }));
          else {
            for (let at = (cursor.position?.seq ?? 0) + 1; at <= seq; at++)
              take(cursor.read({ run: 101, seq: at }, { text: `${at}` }));
          }
        }
        expect(told).toEqual(told.map((_, at) => `${at + 1}`));
      }),
    );
  });
});

describe('what is read', () => {
  it('follows what was seen, whatever was told before it', () => {
    const cursor = new Cursor(seen);
    expect(cursor.position).toEqual(seen);
    expect(['101-1', '101-2', '101-3'].map((entry) => read(cursor, entry, 'c'))).toEqual([
      null,
      null,
      '101-3.3:c',
    ]);
    expect(read(cursor, '201-1', 'x')).toBe('!201-1.1:x');
  });
});

describe('the rest of a job that has ended', () => {
  const rest = (after: Seen | null, outcome: Partial<Outcome>, isKept = false) =>
    shown(new Cursor(after).rest(settled(outcome), isKept));

  it('is nothing where its stream tells all', () => {
    expect(rest(seen, { text: 'abcd', run: 101 }, true)).toBeNull();
  });

  it('is what follows the characters that were seen, when its stream is not kept any more', () => {
    expect(rest(seen, { text: 'abcd', run: 101 })).toBe('101-3.4:cd');
    expect(rest(seen, { text: 'ab', run: 101 })).toBeNull();
    expect(rest(null, { text: 'abcd', run: 101 })).toBe('101-1.4:abcd');
  });

  it('is the whole answer, as a restart, for whoever has seen another run', () => {
    for (const isKept of [true, false]) {
      expect(rest(seen, { text: 'xyz', run: 201 }, isKept)).toBe('!201-1.3:xyz');
      expect(rest(seen, { text: '', run: 201 }, isKept)).toBe('!201-1.0:');
      expect(rest(seen, { text: 'xyz' }, isKept)).toBe('!1-1.3:xyz');
    }
  });

  it('is the whole answer of a job that was not streamed, and what follows for whoever comes back', () => {
    expect(rest(null, { text: 'xyz' })).toBe('1-1.3:xyz');
    expect(rest({ run: 1, seq: 1, chars: 2 }, { text: 'xyz' })).toBe('1-2.3:z');
    expect(rest(null, { text: '' })).toBeNull();
  });

  it.each(['failed', 'cancelled', 'expired'] as const)('is nothing when it ended as %s', (status) => {
    expect(new Cursor(seen).rest(settled({ text: 'xyz' }, status), false)).toBeNull();
  });
});
