// Makes ahead what the tests with a Docker Engine need, so that they find it: the base image, our images, and those that
// docker-compose.yml names.
//   node test/support/docker/prepare.mjs
import { ensureBaseImage } from './base-image.mjs';
import { environmentFor, useEngine, whyNoEngine } from './engine.mjs';
import { ensureComposeImages } from './stand-ins.mjs';
import { buildImage } from './worker-image.mjs';

async function timed(what, make) {
  const began = Date.now();
  const made = await make();
  console.log(`${what}: ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  return made;
}

const why = whyNoEngine();
if (why !== null) {
  console.error(`Docker: ${why}.`);
  process.exit(1);
}
const engine = await timed('engine', useEngine);
try {
  await timed('base image', () => ensureBaseImage(environmentFor(engine.host)));
  await timed("workers' image", () => buildImage(engine.host, 'worker'));
  await timed('images of the other processes', () =>
    ['api', 'scaler'].map((target) => buildImage(engine.host, target)),
  );
  await timed("images of Compose's services", () => ensureComposeImages(engine.host));
} finally {
  await timed('engine ended', engine.end);
}
