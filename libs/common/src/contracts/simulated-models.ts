/** The models that a simulator plays by name (docs/simulator.md); it takes any other name as well. */
export const SIMULATED_MODELS = [
  'sim-default',
  'sim-fast',
  'sim-slow',
  'sim-flaky',
  'sim-instant',
  'sim-hang',
] as const;
