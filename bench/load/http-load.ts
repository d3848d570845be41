// The load generator for Sluice: `http-load.js <port> [API key]`.
import process from 'node:process';
import { answerOrders } from './answer-orders.js';
import { closedLoop } from './closed-loop.js';
import { HttpConnection } from './http-connection.js';
import type { Mode, RunOrder, Sample } from './runs.js';

const port = Number(process.argv[2]);
const apiKey = process.argv[3];

function requestBytes(mode: Mode): Buffer {
  const body = JSON.stringify({
    prompt: 'Tell me a story about dragons',
    model: 'sim-instant',
    max_tokens: 100,
    mode: mode === 'async' ? 'async' : 'sync',
  });
  const head = [
    'POST /generate HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    ...(apiKey === undefined ? [] : [`authorization: Bearer ${apiKey}`]),
    'x-user-id: bench',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

async function run({ mode, concurrency, until }: RunOrder): Promise<Sample> {
  const bytes = requestBytes(mode);
  const wanted = mode === 'async' ? '202' : '200';
  const connections = await Promise.all(
    Array.from({ length: concurrency }, () => HttpConnection.open(port, bytes)),
  );
  const requesters = connections.map((connection) => async () => {
    const status = await connection.ask();
    return status === wanted ? null : status;
  });
  const sample = await closedLoop(requesters, until);
  for (const connection of connections) connection.close();
  return sample;
}

answerOrders(run);
