import type { DecisionPart, Snapshot } from '../snapshot.js';
import { byId, element, setText, type Tone } from './elements.js';
import { ago, plural } from './format.js';

const WORDS: Readonly<Record<string, string>> = { up: 'More workers', down: 'Fewer workers', hold: 'Holds' };
const TONES: Readonly<Record<string, Tone>> = { up: 'good', down: 'warn', hold: 'idle' };

interface Shown {
  readonly item: HTMLLIElement;
  readonly time: HTMLTimeElement;
}

function made({ pool, at_ms: atMs, action, mode, summary, current, desired, reasons }: DecisionPart): Shown {
  const time = element('time', { datetime: new Date(atMs).toISOString() });
  const change = action === 'hold' ? '' : `: ${current} → ${desired}`;
  const head = element('p', { class: 'head' });
  head.append(
    element('strong', {}, `${WORDS[action] ?? action}${change}`),
    element('span', { class: 'hint' }, `pool ${pool}${mode === 'full' ? '' : `, ${mode}`}`),
    time,
  );
  const item = element('li', { 'data-tone': TONES[action] }, head, element('p', {}, summary));
  if (reasons.length > 1) {
    const steps = reasons.map((reason) => element('li', {}, reason));
    item.append(
      element(
        'details',
        {},
        element('summary', {}, plural(reasons.length, 'step')),
        element('ul', {}, ...steps),
      ),
    );
  }
  return { item, time };
}

/** What the scaler has decided and why, newest first. One that was unfolded stays so. */
export function makeDecisions(): (snapshot: Snapshot) => void {
  const place = byId('decisions', HTMLElement);
  const list = element('ol', { class: 'decisions' });
  const nothing = element('p', { class: 'empty' }, 'No scaler has decided anything yet.');
  place.replaceChildren(list, nothing);
  const shown = new Map<string, Shown>();
  return ({ decisions, at_ms: nowMs }) => {
    nothing.hidden = decisions.length > 0;
    for (const [id, { item }] of shown) {
      if (decisions.some((decision) => decision.id === id)) continue;
      item.remove();
      shown.delete(id);
    }
    decisions.forEach((decision, at) => {
      const known = shown.get(decision.id) ?? made(decision);
      shown.set(decision.id, known);
      setText(known.time, ago(decision.at_ms, nowMs));
      if (list.children[at] !== known.item) list.insertBefore(known.item, list.children[at] ?? null);
    });
  };
}
