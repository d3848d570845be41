import type { Snapshot } from '../snapshot.js';
import { byId, element, setText, setTone, type Tone } from './elements.js';
import { count, duration, percent, rate } from './format.js';
import { errorTone, waitTone } from './states.js';

interface Tile {
  readonly title: string;
  readonly value: (snapshot: Snapshot) => string;
  readonly note: (snapshot: Snapshot) => string;
  readonly tone?: (snapshot: Snapshot) => Tone | null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const oldestWait = ({ pools }: Snapshot): number | null => {
  const waits = pools.flatMap(({ oldest_wait_ms: wait }) => wait ?? []);
  return waits.length === 0 ? null : Math.max(...waits);
};

const TILES: readonly Tile[] = [
  { title: 'Accepted', value: ({ pace }) => rate(pace.accepted_per_second), note: () => 'per second' },
  { title: 'Completed', value: ({ pace }) => rate(pace.completed_per_second), note: () => 'per second' },
  {
    title: 'Errors',
    value: ({ pace }) => percent(pace.error_rate),
    note: () => 'last minute',
    tone: ({ pace }) => errorTone(pace.error_rate),
  },
  { title: 'Latency p50', value: ({ pace }) => duration(pace.p50), note: () => 'last minute' },
  { title: 'p95', value: ({ pace }) => duration(pace.p95), note: () => 'last minute' },
  { title: 'p99', value: ({ pace }) => duration(pace.p99), note: () => 'last minute' },
  {
    title: 'Waiting',
    value: ({ pools }) => count(sum(pools.map(({ queued }) => queued))),
    note: (snapshot) => {
      const wait = oldestWait(snapshot);
      return wait === null ? 'jobs' : `oldest ${duration(wait)}`;
    },
    tone: (snapshot) => {
      const wait = oldestWait(snapshot);
      const tone = wait === null ? 'good' : waitTone(wait);
      return tone === 'good' ? null : tone;
    },
  },
  {
    title: 'Running',
    value: ({ pools }) => count(sum(pools.map(({ running }) => running))),
    note: ({ pools }) => `of ${count(sum(pools.map(({ slots }) => slots)))} slots`,
  },
];

/** The figures at the top of the page. */
export function makeTiles(): (snapshot: Snapshot) => void {
  const made = TILES.map((tile) => {
    const [value, note] = [element('dd'), element('dd')];
    const place = element('div', {}, element('dt', {}, tile.title), value, note);
    return { tile, place, value, note };
  });
  byId('tiles', HTMLElement).replaceChildren(...made.map(({ place }) => place));
  return (snapshot) => {
    for (const { tile, place, value, note } of made) {
      setText(value, tile.value(snapshot));
      setText(note, tile.note(snapshot));
      setTone(place, tile.tone?.(snapshot) ?? null);
    }
  };
}
