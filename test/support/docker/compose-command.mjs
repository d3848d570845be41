import { runs } from './run.mjs';

/** The plugin of Docker's command, or the program that was there before it; null without either. */
export function composeCommand() {
  if (runs('docker', ['compose', 'version'])) return ['docker', 'compose'];
  if (runs('docker-compose', ['version'])) return ['docker-compose'];
  return null;
}

/** Why there is none, as the rest of a sentence; null when there is one. */
export const whyNoCompose = () =>
  composeCommand() === null ? 'there is neither `docker compose` nor docker-compose' : null;
