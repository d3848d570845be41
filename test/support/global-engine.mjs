// Before the tests with a Docker Engine: finds or starts one, and tells them where it is.
import { ensureBaseImage } from './docker/base-image.mjs';
import { ensureSwarm, environmentFor, isSwarm, useEngine, whyNoEngine } from './docker/engine.mjs';

export default async function setUp() {
  const why = whyNoEngine();
  if (why !== null) throw new Error(`The tests with a Docker Engine cannot run: ${why}.`);
  const engine = await useEngine();
  globalThis.endEngine = engine.end;
  process.env.SLUICE_TEST_ENGINE = engine.host;
  ensureBaseImage(environmentFor(engine.host));
  // A developer's own engine is made no swarm without being asked.
  if (engine.isOwn || process.env.SLUICE_TEST_SWARM === '1') ensureSwarm(engine.host);
  process.env.SLUICE_TEST_IS_SWARM = isSwarm(engine.host) ? '1' : '0';
}
