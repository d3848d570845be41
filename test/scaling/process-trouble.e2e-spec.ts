import { OWN_PROCESSES } from '../support/places.js';
import { describeTrouble } from '../support/scaling-suites.js';

/** The scaler reads it, too, and is none. */
const ENDS_WORKERS =
  "--import=data:text/javascript,if(process.argv[1].includes('apps/worker/'))process.exit(3)";

describeTrouble(OWN_PROCESSES, { env: { NODE_OPTIONS: ENDS_WORKERS } });
