import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A backend that answers every chat with its own name: at once, or once it is told to. */
export class NamedModel {
  calls = 0;
  private held: (() => void)[] | null = null;
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  constructor(readonly name: string) {}

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  hold(): void {
    this.held = [];
  }

  release(): void {
    for (const answer of this.held ?? []) answer();
    this.held = null;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request);
    const isCall = request.url?.endsWith('/chat/completions') === true;
    const answer = (): void => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'c',
          object: 'chat.completion',
          choices: [{ index: 0, message: { role: 'assistant', content: this.name }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
      );
    };
    if (isCall) this.calls += 1;
    if (isCall && this.held !== null) this.held.push(answer);
    else answer();
  }
}
