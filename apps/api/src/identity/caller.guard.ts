import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import type { Scope } from './api-keys.schema.js';
import { Callers, credentialsOf } from './callers.js';
import type { Identity } from './identity.js';

const SCOPE = 'scope';
const identities = new WeakMap<FastifyRequest, Identity>();

/** Lets nobody through whom it does not know, or whose key lacks the route's scope. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly callers: Callers,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.callers.identify(credentialsOf(request));
    const scope = this.reflector.get<Scope>(SCOPE, context.getHandler());
    if (!caller.scopes.includes(scope)) {
      throw new Refusal('scope_not_allowed', { message: `This needs an API key with the scope ${scope}.` });
    }
    identities.set(request, caller);
    return true;
  }
}

/** Marks a route as one for callers with this scope. */
export const Needs = (scope: Scope): MethodDecorator =>
  applyDecorators(SetMetadata(SCOPE, scope), UseGuards(CallerGuard), ApiBearerAuth());

/** The caller of a route that `Needs` a scope. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function callerOf(request: FastifyRequest): Identity {
  const caller = identities.get(request);
  if (caller === undefined) throw new Error('a route reads its caller without @Needs');
  return caller;
}
