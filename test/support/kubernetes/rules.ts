/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** As RBAC has it: what no rule allows is forbidden. */
export const allows = (
  rules: readonly Rule[],
  { group, resource, verb }: { readonly group: string; readonly resource: string; readonly verb: string },
): boolean =>
  rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb),
  );
