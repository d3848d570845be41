import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { BEARER, Guarded } from '../support/guarded.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let guarded: Guarded;

beforeAll(async () => {
  const config = {
    tiers: { anonymous: {} },
    scaler: { tick_seconds: 0.5 },
    pools: { default: { models: ['*'], scaling: { min: 1, max: 3 } } },
  };
  stack = await Stack.start({ workers: 0, isTelling: true, config });
  [guarded] = await Promise.all([Guarded.start(stack), stack.startScaler()]);
}, 60_000);
afterAll(() => stack.stop());

describe('an order to a pool’s scaler', () => {
  it('is an administrator’s to give, is obeyed, explained and recorded, and can be taken back', async () => {
    const order = { kind: 'floor', workers: 2, minutes: 5, because: 'a launch' };
    const stranger = await guarded.ask('/admin/pools/default/scale', { json: order });
    expect(codeOf(stranger)).toBe('admin_required');
    const tooMany = await guarded.ask('/admin/pools/default/scale', {
      json: { ...order, workers: 4 },
      headers: BEARER,
    });
    expect(tooMany.status).toBe(400);

    const given = await guarded.ask('/admin/pools/default/scale', { json: order, headers: BEARER });
    expect(given.status).toBe(200);
    await eventually(
      'two workers',
      async () => {
        const { body } = await guarded.ask('/admin/workers', { headers: BEARER });
        const workers = body['workers'] as { roles: string[] }[];
        return workers.filter(({ roles }) => roles.includes('generate')).length === 2 ? true : null;
      },
      { withinMs: 20_000 },
    );
    const why = await guarded.ask('/admin/pools/default/explain', {
      headers: { ...BEARER, accept: 'text/plain' },
    });
    expect(why.body['text']).toContain('a launch');
    const { body } = await send(`${stack.url()}/status`);
    expect(body['scaler']).toEqual([expect.objectContaining({ pool: 'default', desired: 2 })]);
    const rows = await eventually('the step in PostgreSQL', async () => {
      const found = await stack.query('SELECT * FROM scaling_events WHERE new_instances = 2');
      return found !== null && found.length > 0 ? found : null;
    });
    expect(rows).toEqual([
      expect.objectContaining({ event_type: 'scale_up', old_instances: 1, pool: 'default', policy: 'slo' }),
    ]);
    const back = await guarded.ask('/admin/pools/default/scale', { method: 'DELETE', headers: BEARER });
    expect(back.status).toBe(200);
    const { body: listed } = await guarded.ask('/admin/pools', { headers: BEARER });
    expect(listed['pools']).toEqual([expect.objectContaining({ pool: 'default', orders: [] })]);
  });
});
