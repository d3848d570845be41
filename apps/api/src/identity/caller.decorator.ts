import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { identify, type Identity } from './identity.js';

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

export function identityOf(request: FastifyRequest): Identity {
  return identify({
    authorization: request.headers.authorization,
    apiKey: single(request.headers['x-api-key']),
    userId: single(request.headers['x-user-id']),
    address: request.ip,
  });
}

/** The identity of whoever sent the request. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity =>
  identityOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
