// The workers' image from the project's own Dockerfile. The engine's cache makes a second build a matter of seconds.
import { existsSync } from 'node:fs';
import { CERTIFICATES, ensureBaseImage } from './base-image.mjs';
import { environmentFor } from './engine.mjs';
import { ROOT } from './paths.mjs';
import { run, runs } from './run.mjs';

const BUILDS_WITHIN_MS = 900_000;
/** Later commands can only use BuildKit through a plugin. */
const LAST_WITH_BUILDKIT = 22;

/** BuildKit where it can be had: it makes no layer of packages that only the build needs, which takes half the time. */
export function builder(env) {
  for (const command of ['docker', '/usr/bin/docker']) {
    if (runs(command, ['buildx', 'version'], { env })) return { command, env };
    if (!runs(command, ['--version'])) continue;
    const version = run(command, ['version', '--format', '{{.Client.Version}}'], { env });
    if (Number.parseInt(version, 10) <= LAST_WITH_BUILDKIT) {
      return { command, env: { ...env, DOCKER_BUILDKIT: '1' } };
    }
  }
  return { command: 'docker', env };
}

/** Builds one target. @returns the image's id. */
export function buildImage(host, target) {
  const env = environmentFor(host);
  ensureBaseImage(env);
  const certificates = existsSync(CERTIFICATES) ? [`--build-arg=NODE_EXTRA_CA_CERTS=${CERTIFICATES}`] : [];
  const args = ['build', '--quiet', '--network=host', ...certificates, `--target=${target}`, '.'];
  const { command, env: buildEnv } = builder(env);
  return run(command, args, { cwd: ROOT, env: buildEnv, withinMs: BUILDS_WITHIN_MS }).split('\n').at(-1);
}
