import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Refusal } from '#common/errors/refusal.js';
import { onRedis } from '#common/redis/on-redis.js';
import { alertmanagerPayload } from './alertmanager.schema.js';
import { TakeAlerts, type TakenAlert } from './take-alerts.js';

/** Who may call is decided before the body is read (hook-access.ts). */
@Controller('hooks')
export class HooksController {
  constructor(private readonly take: TakeAlerts) {}

  @Post('alertmanager')
  @HttpCode(200)
  async alertmanager(@Body() body: unknown): Promise<{ alerts: TakenAlert[] }> {
    const payload = alertmanagerPayload.safeParse(body);
    if (!payload.success) {
      const [issue] = payload.error.issues;
      const param = issue?.path.join('.') ?? '';
      const message = `This is no payload of Alertmanager, version 4. ${param === '' ? '' : `${param}: `}${issue?.message ?? ''}`;
      throw new Refusal('invalid_value', { message, ...(param === '' ? {} : { param }) });
    }
    return { alerts: await onRedis(this.take.execute(payload.data.alerts)) };
  }
}
