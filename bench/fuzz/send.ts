import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from './answer.js';
import type { Sent } from './plan.js';

const LATE_MS = 35_000;
const RAW_LATE_MS = 12_000;
const TEXT_MAX = 2_000_000;

/** Keep-alive connections to one API process. */
export class Caller {
  private readonly agent: Agent;

  constructor(
    readonly port: number,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send(sent: Sent): Promise<Answer> {
    const began = performance.now();
    return new Promise((resolve) => {
      const late = setTimeout(() => end({ kind: 'late' }), LATE_MS);
      const hangUp =
        sent.hangUpMs === null ? null : setTimeout(() => end({ kind: 'hung up' }), sent.hangUpMs);
      const end = (answer: Answer): void => {
        clearTimeout(late);
        if (hangUp !== null) clearTimeout(hangUp);
        if (answer.kind !== 'answered') asked.destroy();
        resolve(answer);
      };
      const asked = request({
        agent: this.agent,
        host: '127.0.0.1',
        port: this.port,
        method: sent.method,
        path: sent.path,
        headers: this.headersOf(sent),
      });
      asked.on('error', (error: Error) => end({ kind: 'broken', because: error.message }));
      asked.on('response', (response) => void read(response, began).then(end));
      asked.end(sent.bytes ?? undefined);
    });
  }

  /** Bytes that need not be HTTP, on a connection of their own. */
  sendRaw(bytes: Uint8Array): Promise<Answer> {
    const began = performance.now();
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      let text = '';
      const late = setTimeout(() => end({ kind: 'late' }), RAW_LATE_MS);
      const end = (answer: Answer): void => {
        clearTimeout(late);
        socket.destroy();
        resolve(answer);
      };
      socket.setNoDelay(true);
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const answer = rawAnswer(text, performance.now() - began);
        if (answer !== null) end(answer);
      });
      socket.on('error', (error: Error) => end({ kind: 'broken', because: error.message }));
      socket.on('close', () => end({ kind: 'broken', because: 'closed without an answer' }));
      socket.write(bytes);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private headersOf({ method, headers, bytes }: Sent): string[] {
    // Without a length Node would send an empty body in chunks.
    const length = ['GET', 'HEAD'].includes(method) ? [] : ['content-length', String(bytes?.length ?? 0)];
    return ['host', `127.0.0.1:${this.port}`, ...headers.flat(), ...length];
  }
}

async function read(response: IncomingMessage, began: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk) || length > TEXT_MAX) continue;
      length += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    return {
      kind: 'broken',
      because: `in the middle of an answer: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    ),
    text: Buffer.concat(chunks).toString('utf8'),
    tookMs: performance.now() - began,
  };
}

/** Null until all of it is there; an answer without a length counts as whole at its head. */
function rawAnswer(text: string, tookMs: number): Answer | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = Number(headers['content-length'] ?? 0);
  // What comes behind it answers what the server took for a second request.
  const body = text.slice(headEnd + 4, headEnd + 4 + length);
  if (body.length < length) return null;
  return {
    kind: 'answered',
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers,
    text: body,
    tookMs,
  };
}
