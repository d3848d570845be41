import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;
const EMPTY = Buffer.alloc(0);

/**
 * A keep-alive connection that sends the same bytes again and again, one request at a time. It reads only the status and
 * the length of an answer: the generator shares its processors with what it measures.
 */
export class HttpConnection {
  private received: Buffer = EMPTY;
  private answered: (status: string) => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly bytes: Buffer,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
    socket.on('close', () => this.answered('closed'));
    socket.on('error', () => undefined);
  }

  static async open(port: number, bytes: Buffer): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket, bytes);
  }

  /** The status of the answer, or `closed`. */
  ask(): Promise<string> {
    if (this.socket.destroyed) return Promise.resolve('closed');
    return new Promise((resolve) => {
      this.answered = resolve;
      this.socket.write(this.bytes);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private onData(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? '0';
    if (this.received.length < headEnd + HEAD_END.length + Number(length)) return;
    this.received = EMPTY;
    this.answered(head.slice(STATUS_AT, STATUS_AT + 3));
  }
}
