/** One leader's time. Whatever acts asks it first, each time. */
export interface Term {
  /** Fencing token: greater than that of every leader before. */
  readonly epoch: number;
  /** Whether the lease is still held, as far as that can be known without asking: nobody else can have it yet. */
  isOurs(): boolean;
}
