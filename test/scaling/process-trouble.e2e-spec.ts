import path from 'node:path';
import { OWN_PROCESSES } from '../support/places.js';
import { describeTrouble } from '../support/scaling-suites.js';

describeTrouble(OWN_PROCESSES, {
  env: { NODE_OPTIONS: `--require ${path.resolve('test/support/end-workers.cjs')}` },
});
