import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An HTTP server in this process; what goes wrong with one caller harms no other. */
export class HttpLogServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(serve: Serve): Promise<HttpLogServer> {
    const server = createServer((request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      // A caller that hangs up while it sends is no defect of ours.
      serve(request, response).catch(() => response.destroy());
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a server has no port');
    return new HttpLogServer(server, address.port);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
