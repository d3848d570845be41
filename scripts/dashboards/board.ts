import type { AnnotationQuery, Dashboard, VariableModel } from '@grafana/schema';
import { DashboardCursorSync } from '@grafana/schema';
import { type BoardName, toAll, UIDS } from './links.js';
import { place, type Section } from './place.js';

/** The oldest that Grafana 11 to 13 all read: newer ones bring it up to date as they load it. */
const SCHEMA_VERSION = 39;

/** Notes that people make on a dashboard, which every dashboard has. */
const NOTES: AnnotationQuery = {
  builtIn: 1,
  datasource: { type: 'grafana', uid: '-- Grafana --' },
  enable: true,
  hide: true,
  iconColor: 'rgba(0, 211, 255, 1)',
  name: 'Annotations & Alerts',
  type: 'dashboard',
};

export interface Board {
  readonly name: BoardName;
  readonly title: string;
  /** The question that it answers. */
  readonly description: string;
  readonly variables: readonly VariableModel[];
  readonly annotations: readonly AnnotationQuery[];
  readonly sections: readonly Section[];
  /** Default: the last hour. */
  readonly from?: string;
}

/** A dashboard as Grafana provisions it (the classic JSON model). */
export function dashboardOf(board: Board): Dashboard {
  const { name, title, description, variables, annotations, sections, from = 'now-1h' } = board;
  return {
    uid: UIDS[name],
    title: `Sluice: ${title}`,
    description,
    tags: ['sluice'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    timezone: 'browser',
    time: { from, to: 'now' },
    timepicker: {},
    refresh: '30s',
    fiscalYearStartMonth: 0,
    links: [toAll],
    templating: { list: [...variables] },
    annotations: { list: [NOTES, ...annotations] },
    panels: place(sections),
  };
}
