/** What PostgreSQL says of a backend's id. */
export interface Kept {
  /** Whether it holds the settings of a backend added at run time. */
  readonly isAdded: boolean;
  readonly isRemoved: boolean;
  readonly hidesConfigured: boolean;
}

/**
 * What stands behind an id: a backend added at run time, one of the configuration, one of the configuration that was removed,
 * or none.
 */
export type Standing = 'added' | 'configured' | 'removed' | 'none';

export function standingOf(kept: Kept | null, isConfigured: boolean): Standing {
  if (kept?.isAdded === true && !kept.isRemoved) return 'added';
  if (!isConfigured) return 'none';
  // An id that was only ever used at run time says nothing of a backend that is configured under it later.
  return kept?.isRemoved === true && kept.hidesConfigured ? 'removed' : 'configured';
}
