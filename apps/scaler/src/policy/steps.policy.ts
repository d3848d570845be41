import type { ScalingReason } from '#common/contracts/scaling.js';

type Facts = ScalingReason['facts'];
type Rule = ScalingReason['rule'];

/** What one step does with the number of workers. Folded over a decision's reasons from 0, it gives what is desired. */
export function applied(workers: number, { rule, value }: Pick<ScalingReason, 'rule' | 'value'>): number {
  switch (rule) {
    case 'need':
    case 'floor':
      return Math.max(workers, value);
    case 'ceiling':
      return Math.min(workers, value);
    case 'set':
      return value;
  }
}

/**
 * The steps of one decision as it is made. Needs are candidates and are always kept; a floor, a ceiling or a replacement only
 * where it changed the number.
 */
export class Steps {
  private readonly taken: ScalingReason[] = [];
  private now = 0;

  get workers(): number {
    return this.now;
  }

  get reasons(): readonly ScalingReason[] {
    return this.taken;
  }

  need(code: string, value: number, facts: Facts): void {
    this.take({ code, rule: 'need', value }, facts, true);
  }

  floor(code: string, value: number, facts: Facts = {}): void {
    this.take({ code, rule: 'floor', value }, facts, false);
  }

  ceiling(code: string, value: number, facts: Facts = {}): void {
    this.take({ code, rule: 'ceiling', value }, facts, false);
  }

  /** Always kept: it says why nothing else counts. */
  set(code: string, value: number, facts: Facts = {}): void {
    this.take({ code, rule: 'set', value }, facts, true);
  }

  private take(step: { code: string; rule: Rule; value: number }, facts: Facts, isAlwaysKept: boolean): void {
    const to = applied(this.now, step);
    if (to === this.now && !isAlwaysKept) return;
    this.taken.push({ ...step, to, facts });
    this.now = to;
  }
}
