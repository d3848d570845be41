import { pino, type DestinationStream, type Logger } from 'pino';
import type { LoggerService } from '@nestjs/common';
import { traceFields } from './tracing.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  readonly app: string;
  readonly instance: string;
  readonly isPretty: boolean;
  /** Whether lines say which trace they belong to. */
  readonly isTraced?: boolean;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/** Only what is known to say nothing of a request: ioredis puts a failed command with its arguments on the error. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return {
    type: name,
    message,
    stack,
    ...code,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

/**
 * One JSON object a line, or coloured text in a terminal. No prompt, completion or key is ever passed to it: requests
 * and jobs appear by their ids (`request_id`, `job_id`).
 */
export function createLogger({
  level,
  app,
  instance,
  isPretty,
  isTraced = false,
  destination,
}: LoggerOptions): Logger {
  const options = {
    level,
    base: { app, instance },
    serializers: { err: describeError },
    ...(isTraced ? { mixin: traceFields } : {}),
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (destination !== undefined) return pino(options, destination);
  if (!isPretty) return pino(options);
  return pino({
    ...options,
    formatters: {},
    transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } },
  });
}

/** Nest's own words go through the same logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'debug' | 'error' | 'warn' | 'trace' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const last = rest.at(-1);
    const context = typeof last === 'string' ? { context: last } : {};
    if (message instanceof Error) this.logger[level]({ ...context, err: message }, message.message);
    else this.logger[level](context, String(message));
  }
}
