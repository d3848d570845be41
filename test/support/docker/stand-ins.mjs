// The images that docker-compose.yml names besides our own: the real ones where they are or can be had, else stand-ins made of
// Debian's packages under the same names.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBaseImage } from './base-image.mjs';
import { environmentFor } from './engine.mjs';
import { ROOT } from './paths.mjs';
import { run, runs } from './run.mjs';
import { builder } from './worker-image.mjs';

const BUILDS_WITHIN_MS = 600_000;
const RECIPE = path.join(ROOT, 'test/support/docker/stand-ins.Dockerfile');
/** In the recipe as targets. Grafana is not among Debian's packages. */
const SERVICES = ['redis', 'postgres', 'prometheus', 'alertmanager', 'docker-proxy'];
const TARGETS = { 'docker-proxy': 'haproxy' };

/** The image of each service, as docker-compose.yml names it. */
function imagesOf(services) {
  const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
  return services.map((service) => {
    const image = new RegExp(`^  ${service}:\\n(?:    .*\\n|\\s*\\n)*?    image: (\\S+)$`, 'm').exec(
      text,
    )?.[1];
    if (image === undefined) throw new Error(`docker-compose.yml names no image for ${service}`);
    return { service, image };
  });
}

function build(host, target, tag) {
  const { command, env } = builder(environmentFor(host));
  const args = ['build', '--quiet', '--network=host', `--target=${target}`, `--tag=${tag}`, '-'];
  run(command, args, {
    env,
    input: readFileSync(RECIPE),
    stdio: ['pipe', 'pipe', 'pipe'],
    withinMs: BUILDS_WITHIN_MS,
  });
}

/** @throws when an image is neither there nor to be had nor to be made. */
export function ensureComposeImages(host) {
  const env = environmentFor(host);
  ensureBaseImage(env);
  let canPull = true;
  for (const { service, image } of imagesOf(SERVICES)) {
    if (runs('docker', ['image', 'inspect', image], { env })) continue;
    canPull &&= runs('docker', ['pull', '--quiet', image], { env, withinMs: 120_000 });
    if (!canPull) build(host, TARGETS[service] ?? service, image);
  }
}

/** Stands in for a local LLM. */
export function buildLocalLlm(host, tag) {
  build(host, 'llm', tag);
}
