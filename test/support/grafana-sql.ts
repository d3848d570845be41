/** What Grafana puts in the place of its macros and variables before it asks PostgreSQL (macros.go of its data source). */
export interface Substitution {
  readonly from: Date;
  readonly to: Date;
  readonly intervalSeconds: number;
  /** Of each variable that is not “All”. */
  readonly chosen?: Readonly<Record<string, readonly string[]>>;
}

/** @throws Error where something is left that Grafana does not know. */
export function substituted(
  rawSql: string,
  { from, to, intervalSeconds, chosen = {} }: Substitution,
): string {
  const group = (column: string): string =>
    `floor(extract(epoch from ${column})/${String(intervalSeconds)})*${String(intervalSeconds)}`;
  const sql = rawSql
    .replace(/\$\{(\w+):regex\}/g, (_, name: string) => asRegex(chosen[name]))
    .replaceAll('$__interval', `${String(intervalSeconds)}s`)
    .replace(
      /\$__timeFilter\(([^)]*)\)/g,
      (_, column: string) => `${column} BETWEEN '${from.toISOString()}' AND '${to.toISOString()}'`,
    )
    .replace(/\$__timeGroupAlias\(([^,)]*),[^)]*\)/g, (_, column: string) => `${group(column)} AS "time"`)
    .replace(/\$__timeGroup\(([^,)]*),[^)]*\)/g, (_, column: string) => group(column));
  const left = /\$[_{a-z]+/.exec(sql);
  if (left !== null) throw new Error(`Grafana would leave ${left[0]} as it is`);
  return sql;
}

/** The format `regex` of variables; “All” is the variable's own value for it, as it stands. */
function asRegex(values: readonly string[] | undefined): string {
  if (values === undefined) return '.*';
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}
