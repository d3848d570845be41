// Makes what the test of docker-compose.yml needs: our images under the tag that is named, those of others, and a local LLM.
import { environmentFor } from './engine.mjs';
import { run } from './run.mjs';
import { buildLocalLlm, ensureComposeImages } from './stand-ins.mjs';
import { buildImage } from './worker-image.mjs';

const [tag] = process.argv.slice(2);
const host = process.env.SLUICE_TEST_ENGINE;
for (const target of ['worker', 'api', 'scaler']) {
  run('docker', ['tag', buildImage(host, target), `sluice-${target}:${tag}`], { env: environmentFor(host) });
}
ensureComposeImages(host);
buildLocalLlm(host, `sluice-test-llm:${tag}`);
