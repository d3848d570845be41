import { z } from 'zod';
import { LaunchError } from '../local/launch-error.js';

const keyView = z.object({
  id: z.string(),
  name: z.string(),
  tier: z.string(),
  tenant: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  key: z.string().optional(),
});
type KeyView = z.infer<typeof keyView>;

const answers = z.union([z.object({ keys: z.array(keyView) }), keyView]);

/**
 * What the API answered, for people.
 * @throws LaunchError for what is no answer of ours.
 */
export function showAnswer(answer: unknown): string {
  const read = answers.safeParse(answer);
  if (!read.success) throw new LaunchError('The answer is none of Sluice: check --url.');
  if ('keys' in read.data) return table(read.data.keys);
  const { key, revoked_at, ...view } = read.data;
  const what = `${view.id}  ${view.name}  (tier ${view.tier}${view.tenant === null ? '' : `, tenant ${view.tenant}`})`;
  if (key !== undefined)
    return `${what}\n\n  ${key}\n\nKeep it now: it is stored nowhere and never shown again.`;
  return revoked_at === null ? what : `${what} is revoked.`;
}

function table(keys: readonly KeyView[]): string {
  if (keys.length === 0) return 'There are no API keys. Make one: npm run keys -- create --name NAME';
  const rows = [
    ['ID', 'NAME', 'TIER', 'TENANT', 'CREATED', 'STATE'],
    ...keys.map((key) => [
      key.id,
      key.name,
      key.tier,
      key.tenant ?? '-',
      key.created_at.slice(0, 10),
      stateOf(key),
    ]),
  ];
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

function stateOf({ revoked_at, expires_at }: KeyView): string {
  if (revoked_at !== null) return `revoked ${revoked_at.slice(0, 10)}`;
  if (expires_at === null) return 'works';
  return Date.parse(expires_at) > Date.now() ? `works until ${expires_at.slice(0, 10)}` : 'expired';
}
