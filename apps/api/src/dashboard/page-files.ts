import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const PAGE = fileURLToPath(new URL('./page/', import.meta.url));
const CHARTS = path.dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js'));

/** All that the page loads, by its folder. Nothing else of it is served. */
const SERVED: readonly (readonly [string, (file: string) => boolean])[] = [
  [PAGE, (file) => /\.(?:js|css|svg)$/.test(file) && !file.endsWith('.spec.js')],
  [CHARTS, (file) => ['uPlot.esm.js', 'uPlot.min.css'].includes(file)],
];

/** Names the bytes of all files together, so that whoever has cached them by it may keep them for ever. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const [folder, isServed] of SERVED) {
    for (const file of readdirSync(folder).filter(isServed).sort()) {
      hash.update(file).update(readFileSync(path.join(folder, file)));
    }
  }
  return hash.digest('base64url').slice(0, 12);
}

/** The files of the dashboard, under a path that changes with them. Modules name each other by relative paths. */
export class PageFiles {
  private readonly root = `/dashboard/assets/${fingerprint()}`;
  private readonly html = readFileSync(path.join(PAGE, 'dashboard.html'), 'utf8').replaceAll(
    '{{assets}}',
    this.root,
  );

  /** The page itself. */
  page({ isSignInPossible }: { readonly isSignInPossible: boolean }): string {
    return this.html.replace('{{sign-out}}', isSignInPossible ? '' : 'hidden');
  }

  /** The admin hooks have to be there before it: they stand before these files too. */
  async serve(fastify: FastifyInstance): Promise<void> {
    for (const [at, [root, isServed]] of SERVED.entries()) {
      await fastify.register(fastifyStatic, {
        root,
        prefix: `${this.root}/${at === 0 ? 'page' : 'charts'}/`,
        allowedPath: (pathname) => isServed(pathname.replace(/^\//, '')),
        setHeaders: (reply) => {
          reply.header('x-content-type-options', 'nosniff');
          reply.header('cross-origin-resource-policy', 'same-origin');
        },
        decorateReply: false,
        index: false,
        immutable: true,
        maxAge: '1y',
      });
    }
  }
}
