/** Redis's clock as far as it is known here: this machine's until Redis has told its own. In Unix milliseconds. */
export class RedisClock {
  private aheadMs = Date.now() - performance.now();

  get nowMs(): number {
    return Math.round(performance.now() + this.aheadMs);
  }

  /** Redis has just said what time it is. */
  heard(redisMs: number): void {
    this.aheadMs = redisMs - performance.now();
  }
}
