import { dockerWorkers, ENDS_AT_START } from '../support/docker-place.js';
import { describeTrouble } from '../support/scaling-suites.js';

describeTrouble(dockerWorkers(), { scaler: dockerWorkers(ENDS_AT_START).scaler });
