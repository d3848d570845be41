import { Agent, request } from 'node:http';

/** The first text, in OpenAI's format or ours. */
const FIRST_TOKEN = /"(?:content|text)":"[^"]/;

/** Asks for the same stream again and again, over one connection. */
export class StreamCaller {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly body: string;

  constructor(
    private readonly port: number,
    private readonly path: string,
    body: object,
  ) {
    this.body = JSON.stringify(body);
  }

  /** From sending the request to reading the first token; resolves when the answer has ended. */
  firstTokenMs(): Promise<number> {
    const { port, path, agent, body } = this;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const began = performance.now();
      let took: number | null = null;
      let text = '';
      const call = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (took === null && FIRST_TOKEN.test(text)) took = performance.now() - began;
        });
        response.on('end', () => {
          if (took === null) reject(new Error(`${path} answered without a token: ${text}`));
          else resolve(took);
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
