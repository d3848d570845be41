import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const textOf = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const inOrder = (lines: readonly string[]): string[] => [...new Set(lines)].sort();

/** `table`, or `table (column, …)`, of each thing that may be read. */
function grantedBy(sql: string): string[] {
  const grants = sql.matchAll(/GRANT SELECT(?: \(([^)]*)\))?\s+ON ([a-z_, ]+?)\s+TO sluice_reader/g);
  return inOrder(
    [...grants].flatMap(([, columns, tables = '']) =>
      tables.split(', ').map((table) => (columns === undefined ? table : `${table} (${columns})`)),
    ),
  );
}

/** The script of Compose grants by the name of the table that was just made. */
function grantedByTrigger(script: string): string[] {
  const branches = script.matchAll(/made (?:=|IN) \(?([^)]*?)\)? THEN\s+EXECUTE format\(\s*'([^']*)'/g);
  return inOrder(
    [...branches].flatMap(([, tables = '', grant = '']) =>
      [...tables.matchAll(/public\.([a-z_]+)/g)].flatMap(([, table = '']) =>
        grantedBy(grant.replace('%s', table)),
      ),
    ),
  );
}

describe('the role that dashboards read with', () => {
  it('may read the same in Compose as where an operator runs grafana/reader.sql', () => {
    const granted = grantedBy(textOf('grafana/reader.sql'));
    expect(granted.length).toBeGreaterThan(5);
    expect(grantedByTrigger(textOf('deploy/compose/postgres-roles.sh'))).toEqual(granted);
  });
});
