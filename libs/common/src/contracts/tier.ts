/** The tier of a caller without a key, and of a key whose tier is no longer configured. */
export const ANONYMOUS_TIER = 'anonymous';
