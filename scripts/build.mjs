// Builds everything into dist/: Prisma's client (when the schema changed), TypeScript (the dashboard's page apart,
// for browsers), and what stands beside the code that owns it: Lua scripts, the page and its styles. Downloads nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const resolve = createRequire(import.meta.url).resolve;

function run(what, script, args, env = {}) {
  const result = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}\nThe build stopped at: ${what}\n`);
  process.exit(1);
}

/** The generator needs no schema engine, but Prisma insists on having one: Node itself stands in, so nothing is downloaded. */
function generatePrismaClient() {
  const schema = readFileSync(path.join(root, 'prisma/schema.prisma'));
  const { version } = JSON.parse(readFileSync(resolve('prisma/package.json'), 'utf8'));
  const stamp = path.join(root, 'dist/prisma-client.stamp');
  const wanted = createHash('sha256').update(schema).update(version).digest('hex');
  const generated = path.join(root, 'libs/common/src/database/generated/client.ts');
  if (existsSync(generated) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  run("Prisma's client", resolve('prisma/build/index.js'), ['generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

const COPIED = /\.(?:lua|html|css|svg)$/;

function copyWhatStandsBeside() {
  for (const top of ['apps', 'libs']) {
    for (const file of readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' })) {
      if (!COPIED.test(file)) continue;
      const to = path.join(root, 'dist', top, file);
      mkdirSync(path.dirname(to), { recursive: true });
      copyFileSync(path.join(root, top, file), to);
    }
  }
}

console.log('Building Sluice …');
generatePrismaClient();
run('TypeScript', resolve('typescript/bin/tsc'), ['-p', 'tsconfig.build.json']);
run('The dashboard', resolve('typescript/bin/tsc'), [
  '-p',
  'apps/api/src/dashboard/page/tsconfig.build.json',
]);
copyWhatStandsBeside();
