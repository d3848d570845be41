import { OWN_PROCESSES } from '../support/places.js';
import { describeBurst } from '../support/scaling-suites.js';

describeBurst(OWN_PROCESSES);
