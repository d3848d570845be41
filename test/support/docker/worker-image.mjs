// The workers' image from the project's own Dockerfile. The engine's cache makes a second build a matter of seconds.
import { existsSync } from 'node:fs';
import { CERTIFICATES, ensureBaseImage } from './base-image.mjs';
import { environmentFor } from './engine.mjs';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';

const BUILDS_WITHIN_MS = 600_000;

/** Builds one target. @returns the image's id. */
export function buildImage(host, target) {
  const env = environmentFor(host);
  ensureBaseImage(env);
  const certificates = existsSync(CERTIFICATES) ? [`--build-arg=NODE_EXTRA_CA_CERTS=${CERTIFICATES}`] : [];
  const args = ['build', '--quiet', '--network=host', ...certificates, `--target=${target}`, '.'];
  return run('docker', args, { cwd: ROOT, env, withinMs: BUILDS_WITHIN_MS }).split('\n').at(-1);
}
