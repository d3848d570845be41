import type { Panel, RowPanel } from '@grafana/schema';
import type { Draft } from './panels/draft.js';

const COLUMNS = 24;

/** Panels under a heading; those of a section are equally high and go on in the next line when one is full. */
export interface Section {
  /** Null: no heading, at the top. */
  readonly heading: string | null;
  /** Rows of the grid, of 30 pixels each. */
  readonly height: number;
  readonly drafts: readonly Draft[];
}

/** Gives every panel its number and its place, from the top left. */
export function place(sections: readonly Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { heading, height, drafts } of sections) {
    if (heading !== null) {
      placed.push({
        id: placed.length + 1,
        type: 'row',
        title: heading,
        collapsed: false,
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
        panels: [],
      });
      y += 1;
    }
    let x = 0;
    for (const { panel, width } of drafts) {
      if (x + width > COLUMNS) {
        x = 0;
        y += height;
      }
      placed.push({ id: placed.length + 1, gridPos: { x, y, w: width, h: height }, ...panel });
      x += width;
    }
    y += height;
  }
  return placed;
}
