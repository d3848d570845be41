/** A lease outlives its job's deadline by this, so that a settlement in progress still finds it. */
export const LEASE_GRACE_MS = 60_000;
