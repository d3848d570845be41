import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Lane } from './lane.js';
import type { Weather } from './weather.js';

const CLEAR: Weather = { kind: 'clear' };

/** A TCP link that can be spoilt. It never changes, loses or reorders a byte of a connection that lives. */
export class FaultProxy {
  /** How many connections it has taken. */
  connections = 0;
  private weather: Weather = CLEAR;
  private readonly sockets = new Set<Socket>();
  private readonly lanes = new Set<Lane>();
  private readonly server: Server;
  private listensOn = 0;

  private constructor(private readonly targetPort: number) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => this.link(caller));
  }

  /** Listens on a free port of 127.0.0.1, and leads to another one. */
  static async open(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    const address = proxy.server.address();
    if (address === null || typeof address === 'string') throw new Error('a proxy has no port');
    proxy.listensOn = address.port;
    return proxy;
  }

  get port(): number {
    return this.listensOn;
  }

  become(weather: Weather): void {
    this.weather = weather;
    if (weather.kind === 'refused') this.cut();
    for (const lane of this.lanes) lane.wake();
  }

  clear(): void {
    this.become(CLEAR);
  }

  /** Resets every connection; new ones are as the weather is. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  private link(caller: Socket): void {
    this.connections += 1;
    if (this.weather.kind === 'refused') {
      caller.on('error', () => undefined);
      caller.resetAndDestroy();
      return;
    }
    const target = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.join(caller, target);
    this.join(target, caller);
  }

  /** What `from` has sent goes on to `to` also when `from` has ended and closed. */
  private join(from: Socket, to: Socket): void {
    const lane = new Lane(from, to, () => this.weather);
    this.sockets.add(from);
    this.lanes.add(lane);
    from.on('error', () => to.resetAndDestroy());
    from.on('close', (hadError) => {
      this.sockets.delete(from);
      if (hadError || !from.readableEnded) to.destroy();
    });
    to.on('close', () => {
      this.lanes.delete(lane);
      lane.end();
    });
  }
}
