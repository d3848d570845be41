import { type Content, element } from './elements.js';

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Text, or elements one below the other. */
  readonly cell: (row: Row) => Content | readonly Content[];
}

export interface TablePlan<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly key: (row: Row) => string;
  /** Said instead of a table without rows. */
  readonly empty: string;
}

interface Shown {
  readonly row: HTMLTableRowElement;
  /** What each cell shows, as HTML, so that only what is new is replaced. */
  readonly cells: readonly HTMLTableCellElement[];
}

/**
 * A table that follows its rows: one that stays keeps its elements, and only cells that changed are touched. It names its
 * roles, because narrow pages show rows as blocks, which would take them away.
 */
export class LiveTable<Row> {
  private readonly shown = new Map<string, Shown>();
  private readonly body = element('tbody', { role: 'rowgroup' });
  private readonly table: HTMLTableElement;
  private readonly caption = element('caption');
  private readonly nothing: HTMLElement;

  constructor(
    place: HTMLElement,
    private readonly plan: TablePlan<Row>,
  ) {
    const titles = plan.columns.map(({ title, isNumber }) =>
      element(
        'th',
        { scope: 'col', role: 'columnheader', class: isNumber === true ? 'number' : undefined },
        title,
      ),
    );
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...titles));
    this.table = element('table', { role: 'table' }, this.caption, head, this.body);
    this.nothing = element('p', { class: 'empty' }, plan.empty);
    place.replaceChildren(this.table, this.nothing);
    this.show([]);
  }

  /** `note` follows the caption. */
  show(rows: readonly Row[], note = ''): void {
    const caption = `${this.plan.caption}${note}`;
    if (this.caption.textContent !== caption) this.caption.textContent = caption;
    this.table.hidden = rows.length === 0;
    this.nothing.hidden = rows.length > 0;
    const wanted = rows.map((row) => this.rowOf(row));
    wanted.forEach((row, at) => {
      if (this.body.children[at] !== row) this.body.insertBefore(row, this.body.children[at] ?? null);
    });
    const keys = new Set(rows.map(this.plan.key));
    for (const [key, { row }] of this.shown) {
      if (keys.has(key)) continue;
      row.remove();
      this.shown.delete(key);
    }
  }

  private rowOf(row: Row): HTMLTableRowElement {
    const key = this.plan.key(row);
    const known = this.shown.get(key) ?? this.made();
    this.shown.set(key, known);
    this.plan.columns.forEach(({ cell }, at) => {
      const target = known.cells[at];
      const content = cell(row);
      const parts = typeof content === 'string' || content instanceof Node ? [content] : content;
      // One element even for a text: narrow pages place it beside its title.
      const fresh = parts.map((part) => (part instanceof HTMLElement ? part : element('span', {}, part)));
      if (target !== undefined && !isSame(target, fresh)) target.replaceChildren(...fresh);
    });
    return known.row;
  }

  private made(): Shown {
    const cells = this.plan.columns.map(({ title, isNumber }, at) =>
      element('td', {
        role: 'cell',
        'data-label': title,
        class: [isNumber === true ? 'number' : '', at === 0 ? 'title' : ''].join(' ').trim(),
      }),
    );
    return { row: element('tr', { role: 'row' }, ...cells), cells };
  }
}

function isSame(target: Element, fresh: readonly HTMLElement[]): boolean {
  const { children } = target;
  return (
    children.length === fresh.length && fresh.every((part, at) => children[at]?.isEqualNode(part) === true)
  );
}
