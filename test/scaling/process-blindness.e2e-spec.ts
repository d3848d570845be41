import { OWN_PROCESSES } from '../support/places.js';
import { describeBlindness } from '../support/scaling-suites.js';

describeBlindness(OWN_PROCESSES);
