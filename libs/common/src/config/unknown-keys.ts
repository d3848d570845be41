import { ENVIRONMENT } from './environment-keys.js';

/** Keys of earlier releases, and what says the same now. */
const RETIRED = new Map([
  [
    'WORKERS',
    'a scaler decides how many workers run; set pools.default.scaling.min and max in sluice.config.yaml',
  ],
]);

const OWN_PREFIX = /^(?:SLUICE|WORKER|SCALER|SIMULATOR|BOARD)_/;
/** Kubernetes sets such keys for every service in the namespace; one may well be called worker. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_\w+)$/;
const isServiceLink = (name: string, value: string | undefined): boolean =>
  SERVICE_LINK.test(name) || (name.endsWith('_PORT') && /^(?:tcp|udp):/.test(value ?? ''));

/** Sentences about keys that look like ours and are not: a mistyped or retired key would otherwise be ignored in silence. */
export function unknownKeys(environment: NodeJS.ProcessEnv): string[] {
  const known = Object.keys(ENVIRONMENT);
  return Object.keys(environment)
    .filter((name) => !known.includes(name) && !isServiceLink(name, environment[name]))
    .flatMap((name) => {
      const instead = RETIRED.get(name);
      if (instead !== undefined) return [`${name}: no longer an environment key: ${instead}`];
      const near = known.find((candidate) => candidate.length >= 6 && isNear(name, candidate));
      if (near !== undefined) return [`${name}: unknown environment key; did you mean ${near}?`];
      return OWN_PREFIX.test(name) ? [`${name}: unknown environment key; .env.example lists them all`] : [];
    });
}

/** Whether one edit (or two swapped neighbours) turns one word into the other. */
function isNear(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const [a, b] = [left.slice(start), right.slice(start)];
  const isSwap = a.length === b.length && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwap || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
