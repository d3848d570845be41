import { describe, expect, it } from '@jest/globals';
import { BootError } from '#common/errors/boot-error.js';
import { listen } from './listen.js';

const place = { host: '127.0.0.1', port: 3_000, key: 'PORT', hostKey: 'HOST' };
type Address = string | { port: number } | null;

const opening = (address: Address) => ({
  asked: [] as unknown[],
  async listen(port: number, host: string) {
    this.asked.push({ port, host });
  },
  getHttpServer: () => ({ address: () => address }),
});

const failing = (error: Error) => ({
  listen: async () => Promise.reject(error),
  getHttpServer: () => ({ address: () => null }),
});
const withCode = (code: string): Error =>
  Object.assign(new Error(`listen ${code}: 127.0.0.1:3000`), { code });

describe('listen', () => {
  it('opens the port that was asked for', async () => {
    const app = opening({ port: 3_000 });
    expect(await listen(app, place)).toBe(3_000);
    expect(app.asked).toEqual([{ port: 3_000, host: '127.0.0.1' }]);
  });

  it('answers the port that the system chose when any would do', async () => {
    expect(await listen(opening({ port: 54_321 }), { ...place, port: 0 })).toBe(54_321);
  });

  it.each<Address>(['/run/sluice.sock', null])(
    'answers the port it asked for when the server says %j',
    async (address) => {
      expect(await listen(opening(address), place)).toBe(3_000);
    },
  );

  it('says in one sentence which port is in use, and which key sets another', async () => {
    const refused = listen(failing(withCode('EADDRINUSE')), place);
    await expect(refused).rejects.toThrow(BootError);
    await expect(refused).rejects.toThrow(
      /^Port 3000 is in use: stop what listens there, or set PORT to another \(0 takes any free one\)\.$/,
    );
  });

  it('says in one sentence that the user may not open the port', async () => {
    const refused = listen(failing(withCode('EACCES')), {
      ...place,
      port: 80,
      key: 'METRICS_PORT',
      hostKey: 'HOST',
    });
    await expect(refused).rejects.toThrow(BootError);
    await expect(refused).rejects.toThrow(
      /^Port 80 may not be opened by this user: set METRICS_PORT above 1023\.$/,
    );
  });

  it.each(['EADDRNOTAVAIL', 'ENOTFOUND'])(
    'says which key to correct when the address is not ours: %s',
    async (code) => {
      await expect(listen(failing(withCode(code)), place)).rejects.toThrow(
        /^This machine has no address .*: correct HOST\.$/,
      );
    },
  );

  it.each([withCode('EPIPE'), new Error('a hook failed')])(
    'passes on what is not about the port: %s',
    async (error) => {
      await expect(listen(failing(error), place)).rejects.toBe(error);
    },
  );
});
