import { afterAll } from '@jest/globals';
import { freePort } from '../../scripts/local/free-port.js';
import { CutSocket } from '../support/cut-socket.js';
import { testEngine } from '../support/docker-engine.js';
import { dockerWorkers } from '../support/docker-place.js';
import { describeBlindness } from '../support/scaling-suites.js';

// The scaler reaches the engine over TCP here, as through a socket proxy.
const port = await freePort();
const proxy = new CutSocket(port, testEngine().replace(/^unix:\/\//, ''));
await proxy.mend();
afterAll(() => proxy.cut());

describeBlindness({ ...dockerWorkers(), env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
