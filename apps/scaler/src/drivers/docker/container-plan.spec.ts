import { describe, expect, it } from '@jest/globals';
import { containerFor } from './container-plan.js';

const on = (network?: string) =>
  containerFor(
    {
      pool: 'default',
      slots: 4,
      redisUrl: 'redis://redis:6379',
      deployment: 'd',
      docker: { image: 'sluice-worker', env: {}, mounts: [], ...(network === undefined ? {} : { network }) },
    },
    { name: 'default-1', imageId: 'sha256:1', spec: 's', epoch: 1, bornMs: 0 },
  );

describe('the container of a worker', () => {
  it('is found by the name sluice-worker on a network of the operator’s own, as every worker there', () => {
    expect(on('sluice')).toMatchObject({
      HostConfig: { NetworkMode: 'sluice' },
      NetworkingConfig: { EndpointsConfig: { sluice: { Aliases: ['sluice-worker'] } } },
    });
  });

  it.each([undefined, 'default', 'bridge', 'host', 'none', 'container:proxy'])(
    'has no name on the network %s, where the engine would refuse to start it with one',
    (network) => {
      expect(on(network)).not.toHaveProperty('NetworkingConfig');
    },
  );
});
