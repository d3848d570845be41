import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { dashboard, panelsOf, queriesOf, storedDashboards } from '../../test/support/dashboard-files.js';
import { BOARDS } from './all-boards.js';
import { fileOf, textOf } from './board-file.js';
import { UIDS } from './links.js';

const files = storedDashboards();
const boards = files.map(({ file, stored }) => [file, dashboard.parse(stored)] as const);

const yaml = (file: string): unknown => parse(readFileSync(file, 'utf8'));

describe('grafana/dashboards', () => {
  it.each(BOARDS.map((board) => [board.name, board] as const))(
    '%s is what the definitions make',
    (_, board) => {
      expect(readFileSync(fileOf(board), 'utf8')).toBe(textOf(board));
    },
  );

  it('has one uid and one title for each', () => {
    expect(boards.map(([, { uid }]) => uid).sort()).toEqual(Object.values(UIDS).sort());
    expect(new Set(boards.map(([, { title }]) => title)).size).toBe(boards.length);
  });

  it('calls a variable the same and asks the same for it everywhere', () => {
    const seen = new Map<string, unknown>();
    for (const [, { templating }] of boards) {
      for (const variable of templating.list) {
        if (!seen.has(variable.name)) seen.set(variable.name, variable);
        expect(variable).toEqual(seen.get(variable.name));
      }
    }
    expect([...seen.keys()].sort()).toEqual(['backend', 'model', 'pool', 'tier']);
  });

  it('colours a name the same everywhere', () => {
    const colours = new Map<string, unknown>();
    for (const { matcher, properties } of boards
      .flatMap(([, board]) => panelsOf(board))
      .flatMap((panel) => panel.fieldConfig.overrides)) {
      const colour = properties.find(({ id }) => id === 'color')?.value;
      if (colour === undefined) continue;
      expect(colour).toEqual(colours.get(matcher.options) ?? colour);
      colours.set(matcher.options, colour);
    }
    expect(colours.size).toBeGreaterThan(10);
  });
});

describe.each(boards)('%s', (_, board) => {
  const panels = panelsOf(board);

  it('is valid: every field is one of the classic model', () => {
    expect(dashboard.safeParse(board).success).toBe(true);
  });

  it('numbers each panel once', () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('has every panel within 24 columns and none upon another', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of board.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.get(`${String(x)},${String(y)}`)]).toEqual([title, undefined]);
          taken.set(`${String(x)},${String(y)}`, title);
        }
      }
    }
  });

  it('begins with a full line of coloured tiles', () => {
    const top = panels.filter(({ gridPos }) => gridPos.y === 0);
    expect(top.every(({ type, options }) => type === 'stat' && options['colorMode'] === 'background')).toBe(
      true,
    );
    expect(top.filter(({ links }) => board.uid === 'sluice-overview' && links.length === 0)).toEqual([]);
    expect(top.reduce((width, { gridPos }) => width + gridPos.w, 0)).toBe(24);
  });

  it('shows what is unknown as unknown, never as green', () => {
    for (const { type, title, fieldConfig } of panels) {
      const { steps } = fieldConfig.defaults.thresholds;
      expect([title, steps[0]?.value, steps[0]?.color]).toEqual([
        title,
        null,
        expect.not.stringMatching('green') as unknown,
      ]);
      const values = steps.slice(1).map(({ value }) => value ?? Number.NaN);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      if (type === 'stat')
        expect([title, fieldConfig.defaults.noValue]).toEqual([title, expect.stringMatching(/./) as unknown]);
    }
  });

  it('asks each query by a letter of its own', () => {
    for (const { targets } of panels)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it('uses only variables that it has', () => {
    const has = new Set(board.templating.list.map(({ name }) => name));
    const text = JSON.stringify([queriesOf(board), panels.map(({ links }) => links)]);
    const used = [...text.matchAll(/\$\{?([a-z_]+)/g)].flatMap(([, name = '']) =>
      name.startsWith('__') ? [] : [name],
    );
    expect(used.filter((name) => !has.has(name))).toEqual([]);
    expect([...has].filter((name) => !used.includes(name))).toEqual([]);
  });

  it('leads to dashboards that are there, with the same time and choices', () => {
    const urls = panels.flatMap(({ links }) => links).map(({ url }) => url);
    for (const url of urls) {
      expect(
        Object.values(UIDS).map((uid) => `/d/${uid}?\${__url_time_range}&\${__all_variables}`),
      ).toContain(url);
    }
  });

  it('names only sections of documents that are there', () => {
    for (const { description } of panels) {
      for (const [, file = '', section] of description.matchAll(/docs\/([a-z-]+\.md)(?:, “([^”]+)”)?/g)) {
        const text = readFileSync(`docs/${file}`, 'utf8');
        if (section !== undefined) expect(text).toMatch(new RegExp(`^#+ ${section}$`, 'm'));
      }
    }
  });

  it('asks the database for a limited number of rows or series', () => {
    for (const { of, query } of queriesOf(board)) {
      if ('rawSql' in query)
        expect([of, query.rawSql]).toEqual([of, expect.stringMatching(/\bLIMIT \d+/) as unknown]);
    }
  });
});

describe('grafana/provisioning', () => {
  it('has the data sources that the dashboards name', () => {
    expect(yaml('grafana/provisioning/datasources/sluice.yml')).toMatchObject({
      apiVersion: 1,
      datasources: [
        { uid: 'prometheus', type: 'prometheus', isDefault: true },
        {
          uid: 'postgres',
          type: 'grafana-postgresql-datasource',
          user: 'sluice_reader',
          jsonData: { database: 'sluice' },
          secureJsonData: { password: '$POSTGRES_READER_PASSWORD' },
        },
      ],
    });
  });

  it('has the dashboards from their files', () => {
    expect(yaml('grafana/provisioning/dashboards/sluice.yml')).toMatchObject({
      apiVersion: 1,
      providers: [{ name: 'sluice', type: 'file', options: { path: '/etc/grafana/dashboards' } }],
    });
  });
});
