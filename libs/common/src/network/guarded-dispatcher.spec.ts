import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Dispatcher, request } from 'undici';
import { AllowedHosts } from './allowed-hosts.js';
import { guardedDispatcher, type Lookup } from './guarded-dispatcher.js';

let server: Server;
let port: number;
let calls = 0;

beforeAll(async () => {
  server = createServer((_, response) => {
    calls += 1;
    response.end('inside');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const allowing = (text: string): AllowedHosts => AllowedHosts.parse(text).hosts;
/** Answers the lists of addresses one after the other, the last for ever. */
function lookingUp(...answers: string[][]): Lookup {
  return (_hostname, _options, callback) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

async function ask(dispatcher: Dispatcher, host: string): Promise<string> {
  try {
    const { body } = await request(`http://${host}:${port}/`, { dispatcher, headersTimeout: 2_000 });
    return await body.text();
  } catch (error) {
    return error instanceof Error ? error.name : 'no error';
  } finally {
    await dispatcher.close();
  }
}

describe('a guarded dispatcher', () => {
  it.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost', '127.0.0.1.'])(
    'opens no socket to %s, for which nobody is asked for addresses',
    async (host) => {
      const before = calls;
      expect(await ask(guardedDispatcher(AllowedHosts.NONE, lookingUp(['127.0.0.1'])), host)).toBe(
        'HostRefused',
      );
      expect(calls).toBe(before);
    },
  );

  it('opens no socket to a name that leads inside, even partly', async () => {
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::1']])
      expect(await ask(guardedDispatcher(AllowedHosts.NONE, lookingUp(addresses)), 'model.example.com')).toBe(
        'HostRefused',
      );
  });

  it('judges the very addresses it connects to: a name that leads elsewhere the next time does not help', async () => {
    const dispatcher = guardedDispatcher(allowing('127.0.0.1'), lookingUp(['127.0.0.1'], ['127.0.0.2']));
    const first = await request(`http://model.example.com:${port}/`, { dispatcher, reset: true });
    expect(await first.body.text()).toBe('inside');
    expect(await ask(dispatcher, 'model.example.com')).toBe('HostRefused');
  });

  it('goes where it is allowed to: by address, by network, by name, by port', async () => {
    const lookUp = lookingUp(['127.0.0.1']);
    expect(await ask(guardedDispatcher(allowing('127.0.0.1')), '127.0.0.1')).toBe('inside');
    expect(await ask(guardedDispatcher(allowing(`127.0.0.0/8:${port}`), lookUp), 'a.example.com')).toBe(
      'inside',
    );
    expect(await ask(guardedDispatcher(allowing('*.example.com'), lookUp), 'a.example.com')).toBe('inside');
    expect(await ask(guardedDispatcher(allowing('127.0.0.1:1'), lookUp), 'a.example.com')).toBe(
      'HostRefused',
    );
  });

  it('tells a name that is not known from one that is refused', async () => {
    const unknown: Lookup = (_hostname, _options, callback) => {
      callback(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    };
    expect(await ask(guardedDispatcher(AllowedHosts.NONE, unknown), 'nowhere.example.com')).toBe('Error');
  });
});
