import { describe, expect, it } from '@jest/globals';
import { AllowedHosts } from './allowed-hosts.js';
import { judgeResolvedUrl, judgeUrl, type Resolve } from './judge-url.js';

const allowing = (text: string): AllowedHosts => AllowedHosts.parse(text).hosts;
const resolving =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address }));

const INSIDE = [
  'http://127.0.0.1/v1',
  'http://127.1/v1',
  'http://2130706433/v1',
  'http://0x7f000001/v1',
  'http://0177.0.0.1/v1',
  'http://0/v1',
  'http://127.0.0.1./v1',
  'http://１２７.0.0.1/v1',
  'http://%31%32%37.0.0.1/v1',
  'http://localhost/v1',
  'http://LOCALHOST./v1',
  'http://a.localhost/v1',
  'http://10.0.0.7:8000/v1',
  'http://172.16.0.1/v1',
  'http://192.168.1.1/v1',
  'http://100.64.0.1/v1',
  'http://169.254.169.254/latest/meta-data',
  'http://168.63.129.16/v1',
  'http://192.0.0.8/v1',
  'http://198.18.0.1/v1',
  'http://224.0.0.1/v1',
  'http://255.255.255.255/v1',
  'http://[::]/v1',
  'http://[::1]/v1',
  'http://[::127.0.0.1]/v1',
  'http://[::ffff:127.0.0.1]/v1',
  'http://[::ffff:7f00:1]/v1',
  'http://[::ffff:8.8.8.8]/v1',
  'http://[64:ff9b::127.0.0.1]/v1',
  'http://[64:ff9b:1::7f00:1]/v1',
  'http://[2002:7f00:1::]/v1',
  'http://[2001:0:7f00:1::]/v1',
  'http://[fe80::1]/v1',
  'http://[fec0::1]/v1',
  'http://[fd00:ec2::254]/v1',
  'http://[ff02::1]/v1',
  'http://[2001:db8::1]/v1',
  'http://[3fff::1]/v1',
  'http://[5f00::1]/v1',
  'http://[4000::1]/v1',
];

describe('a URL', () => {
  it.each(INSIDE)('inside the network is refused by itself: %s', (url) => {
    expect(judgeUrl(url, AllowedHosts.NONE)).toEqual(expect.any(String));
  });

  it.each(['http://8.8.8.8/v1', 'https://[2606:4700::1111]/v1', 'https://api.example.com/v1'])(
    'outside is not: %s',
    (url) => {
      expect(judgeUrl(url, AllowedHosts.NONE)).toBeNull();
    },
  );

  it.each([
    ['ftp://api.example.com/', 'only http and https are called'],
    ['file:///etc/passwd', 'only http and https are called'],
    ['https://user@api.example.com/', 'it holds a user name or a password'],
    ['https://:secret@api.example.com/', 'it holds a user name or a password'],
    ['nonsense', 'it is no URL'],
  ])('of another kind is refused, wherever it leads: %s', (url, because) => {
    expect(judgeUrl(url, allowing('*.example.com,api.example.com'))).toBe(because);
  });
});

describe('a host name', () => {
  const url = 'https://api.example.com/v1';

  it('is refused when any of its addresses is inside the network, and the reason names it', async () => {
    expect(await judgeResolvedUrl(url, AllowedHosts.NONE, resolving('8.8.8.8', '10.0.0.7'))).toBe(
      'api.example.com leads inside the network: 10.0.0.7 is no public address (private)',
    );
    expect(await judgeResolvedUrl(url, AllowedHosts.NONE, resolving('8.8.8.8', '2606:4700::1'))).toBeNull();
  });

  it('is refused when it has no address, or none in 2 s', async () => {
    const because = 'the addresses of api.example.com could not be found';
    expect(await judgeResolvedUrl(url, AllowedHosts.NONE, resolving())).toBe(because);
    const failing = async () => Promise.reject(new Error('ENOTFOUND'));
    expect(await judgeResolvedUrl(url, AllowedHosts.NONE, failing)).toBe(because);
    const silent = () => new Promise<never>(() => undefined);
    const began = performance.now();
    expect(await judgeResolvedUrl(url, AllowedHosts.NONE, silent)).toBe(because);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it('that is allowed by its name is not looked up', async () => {
    const never: Resolve = () => {
      throw new Error('was looked up');
    };
    expect(await judgeResolvedUrl(url, allowing('API.example.com'), never)).toBeNull();
  });
});

describe('an allowed host', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8000/', 'http://127.0.0.2:8000/'],
    ['127.0.0.1', 'http://0x7f.1:8000/', 'http://localhost:8000/'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]:8000/', 'http://[::1]:8000/'],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000/', 'http://127.0.0.1:8001/'],
    ['10.1.0.0/16', 'http://10.1.2.3/', 'http://10.2.2.3/'],
    ['10.1.0.0/16:80', 'http://10.1.2.3/', 'https://10.1.2.3/'],
    ['fd00::/8', 'http://[fd12::1]:9/', 'http://[fc12::1]:9/'],
    ['[fd00::/8]:9', 'http://[fd12::1]:9/', 'http://[fd12::1]:8/'],
    ['[::1]:9', 'http://[::1]:9/', 'http://[::1]:8/'],
    ['::1', 'http://[::1]:9/', 'http://127.0.0.1:9/'],
    ['localhost', 'http://localhost./', 'http://a.localhost/'],
    ['*.localhost', 'http://a.b.localhost/', 'http://localhost/'],
    ['localhost:443', 'https://localhost/', 'http://localhost/'],
  ])('%s may be called: %s, and nothing else may: %s', (hosts, inside, outside) => {
    expect(judgeUrl(inside, allowing(hosts))).toBeNull();
    expect(judgeUrl(outside, allowing(hosts))).not.toBeNull();
  });

  it('given by its network may be reached under any name', async () => {
    const resolve = resolving('10.1.2.3');
    const url = 'http://model.example.com/';
    expect(await judgeResolvedUrl(url, allowing('10.1.0.0/16'), resolve)).toBeNull();
    expect(await judgeResolvedUrl(url, allowing('10.1.0.0/16:8000'), resolve)).not.toBeNull();
  });

  it('that is none is named', () => {
    expect(AllowedHosts.parse('a.b, *.c , 10.0.0.0/33, 127.1, http://x, *, [::1, a:99999').unknown).toEqual([
      '10.0.0.0/33',
      '127.1',
      'http://x',
      '*',
      '[::1',
      'a:99999',
    ]);
  });
});
