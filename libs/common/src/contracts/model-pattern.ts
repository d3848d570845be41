/** How well a pattern fits a model: the length of what it fixes, or null when it does not fit. */
export function patternFit(pattern: string, model: string): number | null {
  if (!pattern.endsWith('*')) return pattern === model ? Number.POSITIVE_INFINITY : null;
  const beginning = pattern.slice(0, -1);
  return model.startsWith(beginning) ? beginning.length : null;
}

/** The best fit of several patterns, or null. */
export function bestFit(patterns: readonly string[], model: string): number | null {
  return patterns.reduce<number | null>((best, pattern) => {
    const fit = patternFit(pattern, model);
    return fit !== null && (best === null || fit > best) ? fit : best;
  }, null);
}
