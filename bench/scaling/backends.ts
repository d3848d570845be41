import { isDisturbed, type Workload } from './workload.js';

const HANGING_S = 60;
const REFUSED_S = 0.2;

type Failure = 'hanging' | 'refusing';

/** How the backends fail a call that begins then; null while they are well. */
export function failureAt(workload: Workload, atS: number): Failure | null {
  if (isDisturbed(workload, 'hanging', atS)) return 'hanging';
  return isDisturbed(workload, 'refusing', atS) ? 'refusing' : null;
}

/** Seconds for which a job that begins then holds its slot. */
export function heldS(workload: Workload, job: number, atS: number): number {
  const failure = failureAt(workload, atS);
  if (failure === null) return workload.services[job] ?? 0;
  return failure === 'hanging' ? HANGING_S : REFUSED_S;
}

export function outcomeOf(failure: Failure | null): 'succeeded' | 'timeout' | 'backend_5xx' {
  if (failure === null) return 'succeeded';
  return failure === 'hanging' ? 'timeout' : 'backend_5xx';
}
