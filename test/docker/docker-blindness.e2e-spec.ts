import { dockerWorkers } from '../support/docker-place.js';
import { describeBlindness } from '../support/scaling-suites.js';

describeBlindness(dockerWorkers());
