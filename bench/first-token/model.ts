import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_AFTER_MS = 20;
const NEXT_AFTER_MS = 5;
const TOKENS = ['Hello', ' there', ', you', ' too', '.'];

const chunk = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'bench',
    choices: [{ index: 0, delta, finish_reason }],
  })}\n\n`;

async function speak(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  await pause(FIRST_AFTER_MS);
  response.write(chunk({ role: 'assistant', content: '' }));
  for (const content of TOKENS) {
    response.write(chunk({ content }));
    await pause(NEXT_AFTER_MS);
  }
  response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
}

/** A model on this machine that says the same to everybody, in OpenAI's format, the first token after 20 ms. */
export async function startModel(): Promise<{ port: number; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => void speak(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the model has no port');
  return {
    port: address.port,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
