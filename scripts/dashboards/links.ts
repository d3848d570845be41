import type { DashboardLink } from '@grafana/schema';

/** The dashboards by what the address bar calls them. */
export const UIDS = {
  overview: 'sluice-overview',
  queues: 'sluice-queues',
  backends: 'sluice-backends',
  tenants: 'sluice-tenants',
  scaler: 'sluice-scaler',
  webhooks: 'sluice-webhooks',
  cost: 'sluice-cost',
} as const;

export type BoardName = keyof typeof UIDS;

const link = (
  parts: Pick<DashboardLink, 'title' | 'tooltip' | 'type'> & Partial<DashboardLink>,
): DashboardLink => ({
  asDropdown: false,
  icon: 'dashboard',
  includeVars: true,
  keepTime: true,
  tags: [],
  targetBlank: false,
  url: '',
  ...parts,
});

/** To another dashboard, for the same time and the same choices. */
export const to = (board: BoardName, title: string): DashboardLink =>
  link({
    title,
    tooltip: title,
    type: 'link',
    url: `/d/${UIDS[board]}?\${__url_time_range}&\${__all_variables}`,
  });

/** To all of them, in a line at the top of each. */
export const toAll: DashboardLink = link({
  title: 'Sluice',
  tooltip: 'The other dashboards of Sluice',
  type: 'dashboards',
  tags: ['sluice'],
  icon: 'external link',
});
