import { dockerWorkers } from '../support/docker-place.js';
import { describeDrain } from '../support/scaling-suites.js';

describeDrain(dockerWorkers());
