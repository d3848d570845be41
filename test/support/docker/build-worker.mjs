// Prints the id of the workers' image, after building it on the engine that the tests use.
import { buildImage } from './worker-image.mjs';

console.log(buildImage(process.env.SLUICE_TEST_ENGINE, 'worker'));
