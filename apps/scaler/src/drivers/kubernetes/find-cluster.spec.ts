import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { findCluster } from './find-cluster.js';

const NOWHERE = { kubeconfig: null, service: null };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the cluster of a scaler', () => {
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-cluster-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function keep(file: string, content: string): string {
    const place = path.join(directory, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
    return place;
  }

  function kubeconfig(user: object, cluster: object = {}): string {
    return keep(
      'config',
      stringify({
        'current-context': 'mine',
        contexts: [
          { name: 'other', context: { cluster: 'x', user: 'y' } },
          { name: 'mine', context: { cluster: 'c', user: 'u', namespace: 'llm' } },
        ],
        clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
        users: [{ name: 'u', user }],
      }),
    );
  }

  it('is the one of its pod: with the service account’s authority, namespace and token, which may be replaced', async () => {
    const mount = path.join(directory, 'account');
    keep('account/namespace', 'sluice\n');
    keep('account/ca.crt', 'an authority');
    keep('account/token', 'first\n');
    const access = findCluster({ ...NOWHERE, service: { host: 'fd00::1', port: '443' }, mount });
    expect(access).toMatchObject({ server: 'https://[fd00::1]:443', namespace: 'sluice' });
    expect(access.tls).toEqual({ ca: 'an authority' });
    expect(await access.token()).toBe('first');
    keep('account/token', 'second');
    expect(await access.token()).toBe('second');
  });

  it('is the current context of the named file, before that of its pod', async () => {
    const file = kubeconfig({ token: 'secret' }, { 'certificate-authority-data': base64('an authority') });
    const access = findCluster({ kubeconfig: file, service: { host: '10.0.0.9', port: '443' } });
    expect(access).toMatchObject({
      server: 'https://10.0.0.1:6443',
      namespace: 'llm',
      tls: { ca: 'an authority' },
    });
    expect(await access.token()).toBe('secret');
  });

  it('is reached with a certificate that the file holds, or names by a path of its own', async () => {
    keep('me.crt', 'a certificate');
    const user = { 'client-certificate': 'me.crt', 'client-key-data': base64('a key') };
    const access = findCluster({ ...NOWHERE, kubeconfig: kubeconfig(user) });
    expect(access.tls).toEqual({ cert: 'a certificate', key: 'a key' });
    expect(await access.token()).toBeNull();
  });

  it('is found at home when nothing else says where it is', () => {
    const text = kubeconfig({ token: 'secret' });
    keep('.kube/config', '');
    expect(() => findCluster({ ...NOWHERE, home: directory })).toThrow('cannot be used');
    expect(text).toContain(directory);
  });

  it.each<[string, () => string, string]>([
    ['a plugin', () => kubeconfig({ exec: { command: 'aws' } }), 'gets credentials from a plugin'],
    ['a context that is not there', () => keep('config', 'current-context: x\n'), 'cannot be used'],
    ['no such file', () => path.join(directory, 'nothing'), 'ENOENT'],
    ['an address that is none', () => kubeconfig({}, { server: 'nowhere' }), 'server'],
  ])('cannot be %s', (_, file, because) => {
    expect(() => findCluster({ ...NOWHERE, kubeconfig: file() })).toThrow(because);
  });

  it('has to be somewhere', () => {
    expect(() => findCluster({ ...NOWHERE, home: directory })).toThrow('name a file in KUBECONFIG');
    expect(() =>
      findCluster({ ...NOWHERE, service: { host: '10.0.0.1', port: '443' }, mount: directory }),
    ).toThrow('set automountServiceAccountToken: true');
  });
});
