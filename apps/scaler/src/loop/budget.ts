/** What a pool wants of the budget that all share. */
export interface Claim {
  readonly pool: string;
  readonly desired: number;
  readonly min: number;
  /** Of one worker. */
  readonly cost: number;
  readonly slots: number;
  readonly offered_slots: number;
  readonly service_s: number;
  readonly wait_objective_s: number;
  /** Workers that may take jobs, and all that run, leaving ones too. */
  readonly current: number;
  readonly alive: number;
}

/** Workers by pool. */
export type ShareBudget = (pools: readonly Claim[], budget: number) => Record<string, number>;

/** What all pools' workers together may cost. Each pool says what it wants with each decision; the others' last words count. */
export class Budget {
  private readonly claims = new Map<string, Claim>();

  /** `total` is null where there is no limit. */
  constructor(
    private readonly pools: readonly string[],
    private readonly total: number | null,
    private readonly share: ShareBudget,
  ) {}

  /** Workers that are left to the pool; null: as many as it wants. It grows only into what the others' workers leave. */
  allowance(claim: Claim): number | null {
    if (this.total === null) return null;
    this.claims.set(claim.pool, claim);
    if (this.claims.size < this.pools.length) return claim.current;
    const claims = [...this.claims.values()];
    const wanted = sum(claims, ({ desired, cost }) => desired * cost);
    const fair =
      wanted > this.total ? (this.share(claims, this.total)[claim.pool] ?? claim.min) : claim.desired;
    const others = claims.filter(({ pool }) => pool !== claim.pool);
    const room = Math.floor((this.total - sum(others, ({ alive, cost }) => alive * cost)) / claim.cost);
    const allowed = Math.min(fair, Math.max(room, Math.min(claim.current, fair)));
    return allowed < claim.desired ? allowed : null;
  }
}

const sum = (claims: readonly Claim[], of: (claim: Claim) => number): number =>
  claims.reduce((total, claim) => total + of(claim), 0);
