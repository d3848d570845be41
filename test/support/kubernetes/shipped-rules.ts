import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Rule } from './rules.js';

/** What the scaler's Role of the manifests allows. */
export function shippedRules(): Rule[] {
  const text = readFileSync('deploy/kubernetes/overlays/native-driver/rbac.yaml', 'utf8');
  const all = parseAllDocuments(text).map((document) => document.toJS() as { kind: string; rules: Rule[] });
  return all.find(({ kind }) => kind === 'Role')?.rules ?? [];
}
