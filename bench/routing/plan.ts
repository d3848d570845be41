import { type Strategy } from '#common/config/backend-config.js';

/** How a simulated fleet routes. */
export interface Plan {
  /** What it is called in tables. */
  readonly name: string;
  readonly strategy: Strategy;
  /** By backend; 1 where there is none. */
  readonly weights: Readonly<Record<string, number>>;
}
