import { bestFit } from '#common/contracts/model-pattern.js';
import type { BackendView } from '../backends/backends.schema.js';

/** Whether calls may go there now, as far as anybody knows. */
export const isCallable = ({ state, health, workers }: BackendView): boolean =>
  state === 'active' && workers.length > 0 && health.state !== 'ill';

/** The models whose jobs wait: every backend that competes for them has its circuit open, or half-open for one probe. */
export function modelsWithoutBackend(backends: readonly BackendView[]): string[] {
  const inForce = backends.filter(({ state }) => state === 'active');
  const isShut = ({ circuits }: BackendView, model: string): boolean =>
    circuits.some((circuit) => circuit.model === model && circuit.state !== 'unknown');
  const models = new Set(
    inForce.flatMap(({ circuits }) => circuits.flatMap(({ model }) => (model === null ? [] : [model]))),
  );
  return [...models]
    .sort()
    .filter((model) => servingOf(inForce, model).every((backend) => isShut(backend, model)));
}

/** Those whose pattern fits a model best. */
function servingOf(backends: readonly BackendView[], model: string): BackendView[] {
  const fits = backends.map((backend) => ({ backend, fit: bestFit(backend.models, model) ?? -1 }));
  const best = Math.max(0, ...fits.map(({ fit }) => fit));
  return fits.flatMap(({ backend, fit }) => (fit === best ? [backend] : []));
}
