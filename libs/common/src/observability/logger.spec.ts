import { describe, expect, it } from '@jest/globals';
import { createLogger, NestLogger } from './logger.js';

function listening(level = 'trace') {
  const text: string[] = [];
  const destination = { write: (line: string) => void text.push(line) };
  const logger = createLogger({ level, app: 'api', instance: 'api-1', isPretty: false, destination });
  const lines = () => text.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, text, lines };
}

describe('createLogger', () => {
  it('writes one JSON object a line: level in words, time in ISO 8601, app, instance, ids and message', () => {
    const { logger, text, lines } = listening();
    logger.info({ request_id: 'req_1', job_id: 'job_1' }, 'two\nlines');
    expect(text).toHaveLength(1);
    expect(text[0]?.indexOf('\n')).toBe((text[0]?.length ?? 0) - 1);
    const [{ time, ...rest } = {}] = lines();
    expect(rest).toEqual({
      level: 'info',
      app: 'api',
      instance: 'api-1',
      request_id: 'req_1',
      job_id: 'job_1',
      msg: 'two\nlines',
    });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  it('names neither pid nor host: the instance says who speaks', () => {
    const { logger, lines } = listening();
    logger.error('x');
    expect(Object.keys(lines()[0] ?? {})).toEqual(['level', 'time', 'app', 'instance', 'msg']);
  });

  it('keeps still below its level', () => {
    const { logger, lines } = listening('warn');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level);
    expect(lines().map(({ msg }) => msg)).toEqual(['warn', 'error']);
  });

  it('shows an error with its stack', () => {
    const { logger, lines } = listening();
    logger.warn({ err: new TypeError('no') }, 'met');
    expect(lines()[0]).toMatchObject({
      err: { type: 'TypeError', message: 'no', stack: expect.any(String) },
    });
  });
});

describe('NestLogger', () => {
  it.each([
    ['log', 'debug'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'fatal'],
  ] as const)('writes what Nest says by %s as %s, with where it comes from', (method, level) => {
    const { logger, lines } = listening();
    new NestLogger(logger)[method]('Mapped {/generate, POST} route', 'RouterExplorer');
    expect(lines()[0]).toMatchObject({
      level,
      msg: 'Mapped {/generate, POST} route',
      context: 'RouterExplorer',
    });
  });

  it('keeps the stack of an error that Nest passes as the message', () => {
    const { logger, lines } = listening();
    new NestLogger(logger).error(new Error('no provider'), 'ExceptionHandler');
    expect(lines()[0]).toMatchObject({
      msg: 'no provider',
      context: 'ExceptionHandler',
      err: { type: 'Error', message: 'no provider', stack: expect.stringContaining('logger.spec') },
    });
  });

  it('makes text of whatever is no text', () => {
    const { logger, lines } = listening();
    new NestLogger(logger).warn(42);
    expect(lines()[0]).toMatchObject({ msg: '42' });
    expect(lines()[0]).not.toHaveProperty('context');
  });
});
