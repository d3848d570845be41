/** An element of the page by its id. Throws when the page has none: then it is another release's. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} called ${id}`);
  return found;
}

export type Content = string | Node;

type Attributes = Readonly<Record<string, string | undefined>>;

/** A new element. Texts stay texts, whatever is in them. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...content);
  return made;
}

/** Touches the page only where something is new: what is selected stays so, and nothing is read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

export function setTone(target: HTMLElement, tone: Tone | null): void {
  if (tone === null) delete target.dataset['tone'];
  else target.dataset['tone'] = tone;
}

/** A state in words, with a colour and a shape of its own. */
export const stateOf = (text: string, tone: Tone): HTMLElement =>
  element('span', { class: 'state', 'data-tone': tone }, text);

/** How much of something is used; the number stands beside it in words. `part` is from 0 to 1. */
export function bar(part: number, tone: Tone | null = null): HTMLElement {
  const inner = element('span');
  inner.style.setProperty('--part', String(Math.max(0, Math.min(1, part))));
  return element('span', { class: 'bar', 'aria-hidden': 'true', 'data-tone': tone ?? undefined }, inner);
}
