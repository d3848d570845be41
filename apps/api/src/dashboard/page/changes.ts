import type { Snapshot } from '../snapshot.js';
import { plural } from './format.js';
import { circuitState, poolState } from './states.js';

type Watched = Pick<Snapshot, 'health' | 'pools' | 'backends' | 'workers'>;

/** What somebody who does not see the page should be told of: states that changed, not numbers that move. */
export function changesBetween(before: Watched, after: Watched): string[] {
  return [
    ...(before.health === after.health ? [] : [`The system is ${after.health}.`]),
    ...after.pools.flatMap((pool) => {
      const was = before.pools.find((each) => each.pool === pool.pool);
      const [text, past] = [poolState(pool).text, was === undefined ? null : poolState(was).text];
      return past === null || past === text ? [] : [`Pool ${pool.pool}: ${text}.`];
    }),
    ...after.backends.flatMap((backend) => {
      const was = before.backends.find(({ id }) => id === backend.id);
      const text = circuitState(backend).text;
      return was === undefined || circuitState(was).text === text
        ? []
        : [`The circuit of backend ${backend.id} is ${text}.`];
    }),
    ...(before.workers.length === after.workers.length
      ? []
      : [`${plural(after.workers.length, 'worker')} now.`]),
  ];
}
