/** `lost`: somebody was told of a job, and it did not end as promised. `duplicated`: something was done twice. */
export type Verdict = 'lost' | 'duplicated' | 'unexpected';

export interface Finding {
  readonly verdict: Verdict;
  /** A sentence that is the same for all findings of its kind. */
  readonly what: string;
  /** A job, a marker or a name to look at. */
  readonly id: string;
  readonly detail: string;
}

export const lost = (what: string, id: string, detail = ''): Finding => ({
  verdict: 'lost',
  what,
  id,
  detail,
});
export const duplicated = (what: string, id: string, detail = ''): Finding => ({
  verdict: 'duplicated',
  what,
  id,
  detail,
});
export const unexpected = (what: string, id: string, detail = ''): Finding => ({
  verdict: 'unexpected',
  what,
  id,
  detail,
});
