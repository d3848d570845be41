import { beforeAll } from '@jest/globals';
import { drivenBy, sweep } from '../../../../../test/support/docker-driven.js';
import { docker, puppetImage } from '../../../../../test/support/docker-engine.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { describeDriver } from '../../../../../test/support/driver-contract.js';
import { DockerDriver } from './docker.driver.js';

let image = '';
beforeAll(() => {
  image = puppetImage();
});

describeDriver('docker', () => {
  const options = drivenBy(image);
  const { deployment } = options;
  return Promise.resolve({
    driver: new DockerDriver(options),
    crashing: new DockerDriver(drivenBy(image, { env: { ENDS_WITH: '3' } }, { deployment })),
    unreachable: new DockerDriver({ ...options, dockerHost: 'unix:///nowhere/docker.sock' }),
    another: () => new DockerDriver(options),
    runForeign: () => {
      const labels = ['sluice.pool=default', `sluice.managed=not-${deployment}`, 'sluice.instance=foreign'];
      const id = docker([
        'run',
        '--detach',
        '--network',
        'none',
        ...labels.flatMap((label) => ['--label', label]),
        image,
      ]);
      return Promise.resolve({
        name: id,
        end: () => {
          docker(['rm', '--force', id]);
          return Promise.resolve();
        },
      });
    },
    untilUp: async (name: string) => {
      await eventually(`${name} to be up`, () => docker(['logs', name]) || null, { withinMs: 60_000 });
    },
    end: () => {
      sweep(deployment);
      return Promise.resolve();
    },
  });
});
