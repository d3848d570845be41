import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster } from '../../../../../test/support/kubernetes/cluster.js';
import { shippedRules } from '../../../../../test/support/kubernetes/shipped-rules.js';

const ORDER = { epoch: 7 };
const WORKERS = 'sluice-worker-default';

describe('an API server', () => {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = new Cluster();
    await cluster.begin();
    cluster.deploy(WORKERS);
  });

  afterEach(() => cluster.end());

  const drive = (more: Parameters<Cluster['drive']>[1] = {}) =>
    cluster.drive(WORKERS, { withinMs: 1_000, ...more });

  it('that forbids something is trouble that names what the role has to allow', async () => {
    cluster.server.rules = shippedRules().filter(({ resources }) => !resources.includes('deployments/scale'));
    await expect(drive().start({ count: 1, ...ORDER })).rejects.toThrow(
      'its role has to allow get deployments/scale',
    );
    expect(cluster.replicas(WORKERS)).toBe(0);
  });

  it('that does not know the token is asked with the next one, as soon as the kubelet has written it', async () => {
    let token = 'token-0';
    const access = { ...cluster.access, token: async () => token };
    const driver = drive({ access });
    await expect(driver.list()).rejects.toThrow("does not accept the scaler's token");
    token = cluster.server.token;
    expect(await driver.list()).toEqual([]);
  });

  it('that has too many requests is asked again when it says, and is trouble when that is too late', async () => {
    cluster.server.troubles.push({ verb: 'get', code: 429, times: 1, retryAfterS: 0 });
    expect(await drive().list()).toEqual([]);
    cluster.server.troubles.splice(0, 1, { verb: 'get', code: 429, times: 1, retryAfterS: 60 });
    await expect(drive().list()).rejects.toThrow('has too many requests');
  });

  it('that is somebody else’s at every try is trouble, and nothing is changed', async () => {
    cluster.server.troubles.push({ verb: 'update', code: 409, times: 100 });
    await expect(drive().start({ count: 1, ...ORDER })).rejects.toThrow('at the same moment');
    expect(cluster.replicas(WORKERS)).toBe(0);
  });

  it('that is away is trouble that says where it was looked for', async () => {
    const access = { ...cluster.access, server: 'http://127.0.0.1:9' };
    await expect(drive({ access }).list()).rejects.toThrow(
      'The API server at http://127.0.0.1:9 does not answer (ECONNREFUSED)',
    );
  });

  it('that says nothing is trouble within the deadline', async () => {
    cluster.server.isSilent = true;
    await expect(drive({ withinMs: 200 }).list()).rejects.toThrow('did not answer within 0.2 s');
  });

  it('that knows no such Deployment is trouble', async () => {
    await expect(cluster.drive('nobody').list()).rejects.toThrow(
      'Could not look at the deployment nobody. There is no such thing in the cluster.',
    );
  });
});
