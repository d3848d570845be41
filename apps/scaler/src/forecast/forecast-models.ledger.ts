import type { PrismaClient } from '#common/database/prisma.js';
import type { Finding } from './backtest.policy.js';
import { FORECAST_MODELS } from './predictions.policy.js';
import type { Tested } from './tested.policy.js';

/** The rows of `forecast_models`: for each pool, what its last backtest found of each model. */
export class ForecastModelsLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** Replaces what the pool's last backtest found, all at once. */
  async record(
    pool: string,
    findings: readonly Finding[],
    { steps, tested_ms }: Omit<Tested, 'chosen'>,
  ): Promise<void> {
    const rows = findings.map((finding) => ({
      pool,
      model: finding.model,
      isChosen: finding.is_chosen,
      isTrusted: finding.is_trusted,
      pinballLoss: finding.pinball_loss,
      persistenceLoss: finding.persistence_loss,
      lastHourLoss: finding.last_hour_loss,
      samples: finding.samples,
      steps,
      testedAt: new Date(tested_ms),
    }));
    await this.prisma.$transaction([
      this.prisma.forecastModel.deleteMany({ where: { pool } }),
      this.prisma.forecastModel.createMany({ data: rows }),
    ]);
  }

  /** The last backtest of a pool; null when there was none, or when it chose a model that this release does not know. */
  async last(pool: string): Promise<Tested | null> {
    const row = await this.prisma.forecastModel.findFirst({ where: { pool, isChosen: true } });
    const model = FORECAST_MODELS.find((name) => name === row?.model);
    if (row === null || model === undefined) return null;
    return {
      chosen: { model, is_trusted: row.isTrusted },
      steps: row.steps,
      tested_ms: row.testedAt.getTime(),
    };
  }
}
