import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { callerOf } from '../identity/caller.guard.js';
import { CallerLimits } from './caller-limits.js';

/** Puts the caller's limits on answers that no admission has put them on: jobs, and repeated requests. */
@Injectable()
export class LimitHeaders implements NestInterceptor {
  constructor(private readonly limits: CallerLimits) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      concatMap(async (answer) => {
        if (!reply.hasHeader('ratelimit-policy')) reply.headers(await this.read(http.getRequest()));
        return answer;
      }),
    );
  }

  /** An answer is not lost because its headers can't be had. */
  private async read(request: FastifyRequest): Promise<Record<string, string>> {
    try {
      return await this.limits.headers(callerOf(request));
    } catch {
      return {};
    }
  }
}
