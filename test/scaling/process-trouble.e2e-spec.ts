import { pathToFileURL } from 'node:url';
import { OWN_PROCESSES } from '../support/places.js';
import { describeTrouble } from '../support/scaling-suites.js';

describeTrouble(OWN_PROCESSES, {
  env: { NODE_OPTIONS: `--import ${pathToFileURL('test/support/end-workers.mjs').href}` },
});
