import type { BackendRefusal } from '#common/contracts/outcome.js';
import { Refusal } from '#common/errors/refusal.js';

/** A backend found the request invalid: on /v1 its caller is told in the backend's own words, with its status. */
export class BackendRefused extends Refusal {
  constructor(
    readonly said: BackendRefusal,
    jobId: string,
  ) {
    super('backend_refused', { jobId });
  }
}
