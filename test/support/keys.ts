import { send } from './client.js';
import { eventually } from './eventually.js';
import type { Stack } from './stack.js';

export interface Key {
  readonly id: string;
  readonly key: string;
}

/** Makes a key through the API, which waits for the tables. */
export async function createKey(stack: Stack, wanted: Record<string, unknown> = {}): Promise<Key> {
  return eventually(
    'a key',
    async () => {
      const made = await send(`${stack.url()}/admin/keys`, { json: { name: 'test', ...wanted } });
      if (made.status === 503) return null;
      if (made.status !== 201) throw new Error(`making a key answered ${made.status}`);
      return { id: String(made.body['id']), key: String(made.body['key']) };
    },
    { withinMs: 20_000 },
  );
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
