import Docker from 'dockerode';
import type { z } from 'zod';
import { DriverTrouble } from '../driver.js';
import { engineTrouble } from './engine-trouble.js';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const ANSWERS_WITHIN_MS = 5_000;
/** After so much silence a connection is closed, whoever waits for it. */
const SILENT_MS_MAX = 30_000;

type Call<T> = (docker: Docker, abortSignal: AbortSignal) => Promise<T>;

/** What every option is said for: left out, dockerode would take it from its own reading of the environment. */
function optionsFor(host: string): Docker.DockerOptions {
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), host: undefined, port: undefined, protocol: 'http' };
  }
  const { protocol, hostname, port } = new URL(host);
  // Whether tcp:// means TLS is said by DOCKER_TLS_VERIFY and the port, which dockerode knows to read.
  if (protocol === 'tcp:') return { host: hostname, port: port || 2375 };
  const isSecure = protocol === 'https:';
  return {
    host: hostname,
    port: port || (isSecure ? 443 : 80),
    protocol: isSecure ? 'https' : 'http',
  };
}

/** Not every call of dockerode heeds the signal it is given. */
function rejection(deadline: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new Error('late', { cause: deadline.reason }));
    deadline.addEventListener('abort', late, { once: true });
  });
}

/** A Docker Engine: every call ends within a deadline, and what goes wrong is DriverTrouble. */
export class DockerEngine {
  private readonly docker: Docker;
  /** For sentences: a proxy's user and password are not shown. */
  private readonly place: string;

  constructor(
    host: string = DEFAULT_HOST,
    private readonly withinMs: number = ANSWERS_WITHIN_MS,
  ) {
    this.docker = new Docker({ ...optionsFor(host), timeout: SILENT_MS_MAX });
    this.place = host.replace(/\/\/[^/@]*@/, '//');
  }

  /** `what` completes "Could not …". @throws DriverTrouble */
  async ask<T>(what: string, call: Call<T>, withinMs = this.withinMs): Promise<T> {
    const deadline = AbortSignal.timeout(withinMs);
    try {
      return await Promise.race([call(this.docker, deadline), rejection(deadline)]);
    } catch (error) {
      if (!deadline.aborted) throw engineTrouble(what, this.place, error);
      const late = `The Docker Engine at ${this.place} did not answer within ${withinMs / 1_000} s.`;
      throw new DriverTrouble(`Could not ${what}. ${late}`, { cause: error });
    }
  }

  /** Like `ask`, for an answer that is looked into: another program wrote it. @throws DriverTrouble */
  async read<T>(what: string, shape: z.ZodType<T>, call: Call<unknown>): Promise<T> {
    const answer = shape.safeParse(await this.ask(what, call));
    if (answer.success) return answer.data;
    throw new DriverTrouble(`Could not ${what}. ${this.place} does not answer like a Docker Engine.`, {
      cause: answer.error,
    });
  }
}
