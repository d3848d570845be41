// The image that the Dockerfile starts from. Where no registry can be reached it is made of Debian's smallest tree and of
// this machine's own Node and npm; it also trusts the certificates that this machine trusts.
import { appendFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { run, runs } from './run.mjs';
import { cached } from './paths.mjs';

export const BASE_IMAGE = 'node:20-bookworm-slim';
export const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const UNNEEDED = ['./usr/share/doc', './usr/share/man', './usr/share/locale', './var/cache', './var/lib/apt'];

/** What the official image has and a tree of Debian's has not. */
function addNode(tree) {
  const local = path.join(tree, 'usr/local');
  const npm = path.join(run('npm', ['root', '--global']), 'npm');
  cpSync(process.execPath, path.join(local, 'bin/node'), { dereference: true });
  cpSync(npm, path.join(local, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(local, 'bin', name));
  }
  appendFileSync(path.join(tree, 'etc/passwd'), 'node:x:1000:1000::/home/node:/bin/bash\n');
  appendFileSync(path.join(tree, 'etc/group'), 'node:x:1000:\n');
  mkdirSync(path.join(tree, 'home/node'), { recursive: true });
  run('chown', ['1000:1000', path.join(tree, 'home/node')]);
}

function addSurroundings(tree) {
  if (existsSync(CERTIFICATES)) {
    mkdirSync(path.dirname(path.join(tree, CERTIFICATES)), { recursive: true });
    cpSync(CERTIFICATES, path.join(tree, CERTIFICATES), { dereference: true });
  }
  const registry = run('npm', ['config', 'get', 'registry']);
  mkdirSync(path.join(tree, 'usr/local/etc'), { recursive: true });
  appendFileSync(path.join(tree, 'usr/local/etc/npmrc'), `registry=${registry}\n`);
}

/** About 50 s, once per machine. A tree that was not finished has another name. */
export function makeBaseTree() {
  const tree = cached('base');
  if (existsSync(tree)) return tree;
  const partial = cached(`base-${process.pid}`);
  try {
    run('debootstrap', ['--variant=minbase', 'bookworm', partial], { withinMs: 300_000 });
    addNode(partial);
    addSurroundings(partial);
    renameSync(partial, tree);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return tree;
}

/** @throws when it is neither there nor to be had nor to be made. */
export function ensureBaseImage(env) {
  if (runs('docker', ['image', 'inspect', BASE_IMAGE], { env })) return;
  if (runs('docker', ['pull', '--quiet', BASE_IMAGE], { env, withinMs: 120_000 })) return;
  const excluded = UNNEEDED.map((folder) => `--exclude=${folder}/*`).join(' ');
  const packed = `tar --create --numeric-owner ${excluded} --directory "$1" . | docker import - "$2"`;
  run('bash', ['-o', 'pipefail', '-c', packed, 'import', makeBaseTree(), BASE_IMAGE], { env });
}
