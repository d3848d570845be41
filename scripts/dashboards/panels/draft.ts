import type { DashboardLink, Panel } from '@grafana/schema';

/** A panel that has no place yet. */
export interface Draft {
  readonly panel: Omit<Panel, 'id' | 'gridPos'>;
  /** Columns of 24. */
  readonly width: number;
}

/** What every panel says of itself. */
export interface Described {
  readonly title: string;
  /** What it shows, when to worry, and where to read on. */
  readonly description: string;
  readonly width: number;
  readonly unit: string;
  readonly links?: DashboardLink[];
}
