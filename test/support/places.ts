import type { Place } from './scaled-pool.js';

export const OWN_PROCESSES: Place = {
  driver: 'process',
  env: {},
  scaler: {},
  cleanUp: () => Promise.resolve(),
};
