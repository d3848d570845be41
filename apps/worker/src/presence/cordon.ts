/**
 * Whether this worker may take jobs, as far as it knows: orders are keys in Redis, and each heartbeat looks for them
 * (libs/common/src/presence/worker-orders.ts). While Redis is away, what was seen last counts.
 */
export class Cordon {
  private cordoned = false;
  private readonly listeners: ((isCordoned: boolean) => void)[] = [];

  get isCordoned(): boolean {
    return this.cordoned;
  }

  /** Listeners are called after every change, in their order. */
  onChange(listener: (isCordoned: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** What a look found. Answers whether that changes something. */
  see(isCordoned: boolean): boolean {
    if (isCordoned === this.cordoned) return false;
    this.cordoned = isCordoned;
    for (const listener of this.listeners) listener(isCordoned);
    return true;
  }
}
