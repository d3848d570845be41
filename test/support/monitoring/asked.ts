import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Metrics of ours, of every process, and of Prometheus and Alertmanager themselves. */
const NAME =
  /(?<![\w:.])(?:(?:llm|sluice|process|nodejs|prometheus|alertmanager|scrape)[_:][\w:]*|pool:[\w:]+|up|ALERTS)(?![\w:(-])(?:\s*\{[^{}]*\})?/g;
const TEXT = /"(?:[^"\\]|\\.)*"/g;

/** The selectors of an expression, with what stands in braces. */
export function selectorsOf(expr: string): string[] {
  // A text outside of braces, such as an argument of label_replace, is none.
  const bare = expr.replaceAll(/\{[^{}]*\}|"(?:[^"\\]|\\.)*"/g, (part) =>
    part.startsWith('{') ? part : part.replace(TEXT, '""'),
  );
  return [...new Set(bare.match(NAME) ?? [])];
}

/** Whether an expression lets only some of its series through, so that there may be none. */
export const isFilter = (expr: string): boolean =>
  /[<>]|!=|\b(?:absent|unless)\b/.test(expr.replaceAll(/\{[^{}]*\}/g, ''));

export interface DashboardQuery {
  readonly file: string;
  readonly title: string;
  readonly expr: string;
}

const FOLDER = 'grafana/dashboards';
const VARIABLE = String.raw`(?:\$\{\w+(?::\w+)?\}|\$\w+|\[\[\w+\]\])`;

/** As Grafana would send it with every value chosen. */
function withAllChosen(expr: string): string {
  return expr
    .replaceAll(/\$\{?__(?:rate_interval|interval)\}?/g, '30s')
    .replaceAll(/\$\{?__range\}?/g, '5m')
    .replaceAll(new RegExp(`=~?\\s*"${VARIABLE}"`, 'g'), '=~".*"')
    .replaceAll(new RegExp(VARIABLE, 'g'), '.*');
}

/** Every expression that a dashboard asks Prometheus, wherever in its JSON it stands. */
export function dashboardQueries(): DashboardQuery[] {
  if (!existsSync(FOLDER)) return [];
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) =>
    queriesIn(JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')), '').map((query) => ({ file, ...query })),
  );
}

function queriesIn(part: unknown, above: string): { title: string; expr: string }[] {
  if (typeof part !== 'object' || part === null) return [];
  const { expr, title, name } = part as Record<string, unknown>;
  const called = [title, name].find(isText) ?? above;
  const own = isText(expr) ? [{ title: called, expr: withAllChosen(expr) }] : [];
  const inside = Object.values(part).flatMap((each) => queriesIn(each, called));
  return [...own, ...valuesAsked(part, called), ...inside];
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What a variable takes its values from: label_values(selector, label). */
function valuesAsked(part: object, title: string): { title: string; expr: string }[] {
  const { query } = part as Record<string, unknown>;
  const selector = typeof query === 'string' ? /^label_values\((.+),\s*\w+\)$/.exec(query)?.[1] : undefined;
  return selector === undefined ? [] : [{ title, expr: withAllChosen(selector) }];
}
