import { BootError } from '#common/errors/boot-error.js';

interface Listener {
  listen(port: number, host: string): Promise<unknown>;
  getHttpServer(): { address(): string | { port: number } | null };
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  /** The environment keys that set the port and the address, for the error's sentence. */
  readonly key: string;
  readonly hostKey: string;
}

/**
 * Opens a port and answers its number (0 asked for any free one).
 * @throws BootError with one sentence when the port cannot be had.
 */
export async function listen(app: Listener, { host, port, key, hostKey }: ListenPlace): Promise<number> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new BootError(
        `Port ${port} is in use: stop what listens there, or set ${key} to another (0 takes any free one).`,
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new BootError(`This machine has no address ${host}: correct ${hostKey}.`);
    }
    if (code === 'EACCES')
      throw new BootError(`Port ${port} may not be opened by this user: set ${key} above 1023.`);
    throw error;
  }
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
