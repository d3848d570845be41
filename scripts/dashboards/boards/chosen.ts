/** What each variable chooses by, in request_metrics as `r`. */
const COLUMNS = { pool: 'r.pool', backend: 'r.backend_id', model: 'r.model', tier: 'k.tier' } as const;

/** The key that a row came with, as `k`: its tier is that of the caller. Callers without a key of ours are anonymous. */
export const WITH_TIER = `
  LEFT JOIN LATERAL (
    SELECT coalesce(min(a.tier), 'anonymous') AS tier FROM api_keys a
    WHERE r.client_id LIKE 'key:%' AND a.id = split_part(substr(r.client_id, 5), '/', 1)
  ) AS k ON true`;

/** The rows of the time range that the variables leave. With the tier, they need `WITH_TIER`. */
export const chosen = (...variables: (keyof typeof COLUMNS)[]): string =>
  [
    '$__timeFilter(r."timestamp")',
    ...variables.map((name) => `${COLUMNS[name]} ~ '^(\${${name}:regex})$'`),
  ].join(' AND ');
