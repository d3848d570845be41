import path from 'node:path';
import ts from 'typescript';
import type { Manifest } from './manifest.js';

/** Where kubernetes-types keeps the kinds of an API group. */
const GROUPS: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'policy/v1': 'policy/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'rbac.authorization.k8s.io/v1': 'rbac/v1',
};
const FILE = path.resolve('manifests.virtual.ts');
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  lib: ['lib.es5.d.ts'],
  types: [],
  skipLibCheck: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

export const isBuiltIn = ({ apiVersion }: Manifest): boolean => Object.hasOwn(GROUPS, apiVersion);

/**
 * What is wrong with manifests by Kubernetes' own OpenAPI schema, which the package kubernetes-types has as types: fields that
 * there are not, fields that are missing, values of another type.
 */
export function typeProblems(manifests: readonly Manifest[]): string[] {
  const lines = manifests.map((manifest, index) => {
    const type = `import('kubernetes-types/${GROUPS[manifest.apiVersion] ?? ''}').${manifest.kind}`;
    return `export const m${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    path.resolve(name) === FILE
      ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.ES2022)
      : read(name, ...rest);
  const program = ts.createProgram([FILE], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? -1 : file.getLineAndCharacterOfPosition(start ?? 0).line;
    const { kind = 'nothing', metadata } = manifests[line] ?? {};
    return `${kind} ${metadata?.name ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
