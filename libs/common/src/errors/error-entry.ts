/** Who should send the request again: the caller unchanged (`later`), the caller after a change (`changed`), or nobody. */
export type Retry = 'later' | 'changed' | 'never';

export interface ErrorEntry {
  readonly status: number;
  readonly type: string;
  readonly retry: Retry;
  /** The public sentence: what happened and what to do. A coded error may carry a more precise one. */
  readonly sentence: string;
}
