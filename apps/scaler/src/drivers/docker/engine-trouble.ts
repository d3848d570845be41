import { DriverTrouble } from '../driver.js';

const PROXY =
  'If it is a socket proxy, let it pass containers, images and POST (for Swarm also services, tasks and info).';

interface EngineError {
  readonly code: string | null;
  readonly status: number | null;
  readonly message: string;
}

function read(error: unknown): EngineError {
  if (!(error instanceof Error)) return { code: null, status: null, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null;
  return { code, status, message: error.message.trim() };
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
