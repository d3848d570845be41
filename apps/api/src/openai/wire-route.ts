import { applyDecorators, HttpCode, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { PRIORITIES } from '#common/contracts/generation.js';
import { Needs } from '../identity/caller.guard.js';

/** A route that runs a job in OpenAI's wire format, with the headers that all of these understand. */
export const WireRoute = (path: string, summary: string, answer: z.ZodType): MethodDecorator =>
  applyDecorators(
    Post(path),
    HttpCode(200),
    Needs('generate'),
    ApiOperation({ summary }),
    ApiHeader({ name: 'x-sluice-priority', required: false, enum: [...PRIORITIES] }),
    ApiHeader({
      name: 'x-sluice-timeout-ms',
      required: false,
      description: 'The deadline of the job, from its acceptance, in milliseconds; the call waits as long.',
    }),
    ApiHeader({
      name: 'x-sluice-webhook-url',
      required: false,
      description: 'Is told how the job ends, as webhook_url of POST /generate.',
    }),
    ApiHeader({
      name: 'x-sluice-webhook-endpoint-id',
      required: false,
      description: 'The one of your endpoints that is told how the job ends.',
    }),
    ApiHeader({
      name: 'idempotency-key',
      required: false,
      description: 'Sent again with the same body within 24 h: the same job and the same answer.',
    }),
    ApiResponse({ status: 200, standardSchema: answer }),
  );
