import type { GenerationTask } from '#common/contracts/generation.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { Chosen } from '../backends/router.js';

/** One call that is to be made for a job. */
export interface Attempt {
  readonly job: JobRef;
  readonly task: GenerationTask;
  readonly chosen: Chosen;
  readonly tried: ReadonlySet<string>;
  /** Which attempt of the job this is, from 1. */
  readonly number: number;
  readonly delivery: number;
  /** Ends the run of the whole job: somebody else has settled or begun it. */
  readonly abandon: () => void;
}
