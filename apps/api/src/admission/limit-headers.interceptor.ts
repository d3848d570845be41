import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { callerOf } from '../identity/caller.guard.js';
import { CallerLimits } from './caller-limits.js';

/** Puts the caller's limits on answers of routes that admit nothing. */
@Injectable()
export class LimitHeaders implements NestInterceptor {
  constructor(private readonly limits: CallerLimits) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      concatMap(async (answer) => {
        reply.headers(await this.limits.headers(callerOf(http.getRequest<FastifyRequest>())));
        return answer;
      }),
    );
  }
}
