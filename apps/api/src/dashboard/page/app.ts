import type { Snapshot } from '../snapshot.js';
import { changesBetween } from './changes.js';
import { makeCharts } from './charts.js';
import { makeDecisions } from './decisions.js';
import { byId, element, setText, setTone, type Tone } from './elements.js';
import { list } from './format.js';
import { type Connection, Live } from './live.js';
import { PromptForm } from './prompt-form.js';
import { makeTables } from './tables.js';
import { followTheme } from './theme.js';
import { makeTiles } from './tiles.js';

const charts = makeCharts();
const showTiles = makeTiles();
const showTables = makeTables();
const showDecisions = makeDecisions();
const form = new PromptForm();
followTheme(charts.redraw);

let last: Snapshot | null = null;
let said = '';

/** Read out when the reader has nothing else to say. */
function announce(text: string): void {
  if (text !== said) setText(byId('announcer', HTMLElement), text);
  said = text;
}

const TONES: Readonly<Record<Connection['kind'], Tone>> = {
  connecting: 'idle',
  live: 'good',
  troubled: 'warn',
  reconnecting: 'warn',
  'signed-out': 'bad',
};

function showConnection(connection: Connection): void {
  const badge = byId('connection', HTMLElement);
  const words = connection.kind === 'signed-out' ? 'signed out' : connection.kind;
  setTone(badge, TONES[connection.kind]);
  const text = byId('connection-text', HTMLElement);
  if (text.textContent !== words && connection.kind !== 'connecting') announce(`The page is ${words}.`);
  setText(text, words);
  const trouble = byId('trouble', HTMLElement);
  if (connection.kind === 'signed-out') {
    if (trouble.hidden) trouble.replaceChildren('Your session is over. ', signIn());
    trouble.hidden = false;
    return;
  }
  const because = 'because' in connection ? connection.because : null;
  trouble.hidden = because === null;
  if (because !== null) setText(trouble, `${because} What is shown is not of now.`);
}

const signIn = (): HTMLElement => element('a', { href: '/admin/login?next=%2Fdashboard' }, 'Sign in again');

function showHealth({ health, models_without_backend: cutOff }: Snapshot): void {
  const badge = byId('health', HTMLElement);
  badge.hidden = false;
  setTone(badge, health === 'healthy' ? 'good' : 'bad');
  const why = cutOff.length === 0 ? '' : `: no backend for ${list(cutOff)}`;
  setText(byId('health-text', HTMLElement), `${health}${why}`);
}

function show(snapshot: Snapshot): void {
  showHealth(snapshot);
  showTiles(snapshot);
  charts.show(snapshot);
  showTables(snapshot);
  showDecisions(snapshot);
  form.know(snapshot);
  setText(byId('version', HTMLElement), snapshot.version);
  const seen = byId('seen', HTMLTimeElement);
  setText(seen, new Date(snapshot.at_ms).toLocaleTimeString());
  seen.dateTime = new Date(snapshot.at_ms).toISOString();
  const changes = last === null ? [] : changesBetween(last, snapshot);
  if (changes.length > 0) announce(changes.join(' '));
  last = snapshot;
}

const signOut = byId('sign-out', HTMLButtonElement);
signOut.addEventListener('click', () => {
  void fetch('/admin/session', { method: 'DELETE' }).then(() => {
    location.assign('/admin/login?next=%2Fdashboard');
  });
});

await new Live({ onSnapshot: show, onConnection: showConnection }).run();
