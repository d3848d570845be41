import { randomBytes } from 'node:crypto';
import type { DockerConfig } from '#common/config/scaling-config.js';
import type { DockerDriverOptions } from '../../apps/scaler/src/drivers/docker/docker.driver.js';
import { docker, testEngine } from './docker-engine.js';

/** Options of a driver whose containers nobody else has, without a network. */
export function drivenBy(
  image: string,
  changes: Partial<DockerConfig> = {},
  options: Partial<DockerDriverOptions> = {},
): DockerDriverOptions {
  return {
    pool: 'default',
    slots: 2,
    redisUrl: 'redis://127.0.0.1:6379',
    dockerHost: testEngine(),
    deployment: `test-${randomBytes(5).toString('hex')}`,
    docker: { image, network: 'none', env: {}, mounts: [], ...changes },
    ...options,
  };
}

/** Takes away all that a driver of this deployment left. */
export function sweep(deployment: string): void {
  const ids = docker(['ps', '--all', '--quiet', '--filter', `label=sluice.managed=${deployment}`]);
  if (ids !== '') docker(['rm', '--force', ...ids.split('\n')]);
}
