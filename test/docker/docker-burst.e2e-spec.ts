import { dockerWorkers } from '../support/docker-place.js';
import { describeBurst } from '../support/scaling-suites.js';

describeBurst(dockerWorkers());
