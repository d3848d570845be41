import { OWN_PROCESSES } from '../support/places.js';
import { describeDrain } from '../support/scaling-suites.js';

describeDrain(OWN_PROCESSES);
