import { z } from 'zod';
import { DriverTrouble } from '../driver.js';

const PROXY =
  'If it is a socket proxy, let it pass containers, images and POST (for Swarm also services, tasks and info).';

const UNKNOWN = { message: 'unknown trouble', code: null, statusCode: null };

interface EngineError {
  readonly code: string | null;
  readonly status: number | null;
  readonly message: string;
}

/** By its shape, because errors of Node's own are of no class of ours. */
const shape = z.object({
  message: z.string(),
  code: z.string().nullable().catch(null),
  statusCode: z.number().nullable().catch(null),
});

function read(error: unknown): EngineError {
  const { message, code, statusCode } = shape.catch(UNKNOWN).parse(error);
  return { message: message.trim(), code, status: statusCode };
}

/** The HTTP status that the engine answered; null when it did not answer. */
export const statusOf = (error: unknown): number | null => read(error).status;

const SILENT = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'];

/** What to do about an engine that does not answer, or refuses. */
function sentenceAbout({ code, status, message }: EngineError, place: string): string {
  if (code === 'ENOENT') {
    return `There is no Docker Engine at ${place}. Start it, mount its socket, or set DOCKER_HOST.`;
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return `The socket of the Docker Engine at ${place} may not be opened. Run the scaler in the socket's group, or set DOCKER_HOST to a socket proxy.`;
  }
  if (code !== null && SILENT.includes(code)) {
    return `The Docker Engine at ${place} does not answer (${code}). Start it, or set DOCKER_HOST.`;
  }
  if (status === 401 || status === 403) return `The Docker Engine at ${place} forbids it. ${PROXY}`;
  return `The Docker Engine at ${place}: ${message}`;
}

/** What became of a call of the engine, as trouble with a sentence that says what to do. */
export function engineTrouble(what: string, place: string, error: unknown): DriverTrouble {
  if (error instanceof DriverTrouble) return error;
  return new DriverTrouble(`Could not ${what}. ${sentenceAbout(read(error), place)}`, { cause: error });
}
