import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { BootError } from '#common/errors/boot-error.js';
import type { ClusterAccess } from './cluster-access.js';

const cluster = z.object({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
  'insecure-skip-tls-verify': z.boolean().default(false),
});
const user = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});
type User = z.infer<typeof user>;
const context = z.object({
  cluster: z.string(),
  user: z.string(),
  namespace: z.string().default('default'),
});

const kubeconfig = z.object({
  'current-context': z.string(),
  clusters: z.array(z.object({ name: z.string(), cluster })),
  users: z.array(z.object({ name: z.string(), user })),
  contexts: z.array(z.object({ name: z.string(), context })),
});

/** The current context of a file as kubectl writes it. A plugin that fetches credentials is not run. @throws BootError */
export function readKubeconfig(file: string): ClusterAccess {
  try {
    return accessOf(kubeconfig.parse(parse(readFileSync(file, 'utf8'))), path.dirname(file));
  } catch (error) {
    if (error instanceof BootError) throw new BootError(`${file}: ${error.message}`, { cause: error });
    const because = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new BootError(`The kubeconfig ${file} cannot be used: ${because}`, { cause: error });
  }
}

function accessOf(file: z.infer<typeof kubeconfig>, directory: string): ClusterAccess {
  const current = named('context', file.contexts, file['current-context']).context;
  const { cluster: place } = named('cluster', file.clusters, current.cluster);
  const { user: who } = named('user', file.users, current.user);
  if (isFetched(who)) {
    throw new BootError(
      'its user gets credentials from a plugin, which the scaler does not run; give it a token or a client certificate.',
    );
  }
  const read = pem(directory);
  const ca = read(place['certificate-authority'], place['certificate-authority-data']);
  const cert = read(who['client-certificate'], who['client-certificate-data']);
  const key = read(who['client-key'], who['client-key-data']);
  return {
    server: place.server.replace(/\/+$/, ''),
    namespace: current.namespace,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(place['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : {}),
    },
    token: tokenOf(who, directory),
  };
}

const isFetched = (who: User): boolean => (who.exec ?? who['auth-provider'] ?? null) !== null;

function named<T extends { readonly name: string }>(what: string, all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new BootError(`there is no ${what} named ${name}.`);
  return found;
}

/** What stands in the file comes before what it names; paths are relative to it. */
const pem =
  (directory: string) =>
  (file: string | undefined, base64: string | undefined): string | undefined => {
    if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('utf8');
    return file === undefined ? undefined : readFileSync(path.resolve(directory, file), 'utf8');
  };

function tokenOf({ token, tokenFile }: User, directory: string): ClusterAccess['token'] {
  if (tokenFile === undefined) return async () => token ?? null;
  return async () => (await readFile(path.resolve(directory, tokenFile), 'utf8')).trim();
}
