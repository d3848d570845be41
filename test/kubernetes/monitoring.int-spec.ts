import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RoleBinding } from 'kubernetes-types/rbac/v1.js';
import { parse } from 'yaml';
import { hasKubectl, renderOverlays } from '../support/kubernetes/kustomize.js';
import { type Manifest, labelsOf, onlyContainerOf, workloadsOf } from '../support/kubernetes/manifest.js';
import { selects } from '../support/kubernetes/policies.js';
import type { Rule } from '../support/kubernetes/rules.js';
import { componentOf } from '../support/kubernetes/workload-values.js';

interface Scraping {
  readonly job_name: string;
  readonly kubernetes_sd_configs: readonly {
    readonly role: string;
    readonly namespaces: { readonly names: readonly string[] };
    readonly selectors: readonly { readonly role: string; readonly label: string }[];
  }[];
  readonly relabel_configs: readonly {
    readonly source_labels: readonly string[];
    readonly regex?: string;
    readonly action?: string;
  }[];
}

const OURS = ['api', 'worker', 'scaler'];
const WHO_TELLS_THE_URL = ['alertmanager/alertmanager.yml', 'docs/scaling.md'];
const whenKubectl = hasKubectl() ? describe : describe.skip;

function scraping(): Scraping {
  const config = parse(readFileSync('prometheus/prometheus.kubernetes.yml', 'utf8')) as {
    scrape_configs: Scraping[];
  };
  const found = config.scrape_configs.find(({ job_name }) => job_name === 'sluice');
  if (found === undefined) throw new Error('nobody scrapes Sluice');
  return found;
}

whenKubectl('in a cluster', () => {
  let all: readonly Manifest[];

  beforeAll(() => {
    all = [...renderOverlays(['keda', 'native-driver', 'local']).values()].flat();
  });

  const namespaces = (): string[] => [
    ...new Set(
      all.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : (metadata.namespace ?? ''))),
    ),
  ];
  /** What Prometheus would see of the pods that its selector finds: component and name of a port. */
  const seen = (): { pair: string; isOurs: boolean }[] => {
    const [key = '', value = ''] = (scraping().kubernetes_sd_configs[0]?.selectors[0]?.label ?? '').split(
      '=',
    );
    return workloadsOf(all)
      .filter((workload) => selects({ matchLabels: { [key]: value } }, labelsOf(workload)))
      .flatMap((workload) => {
        const component = componentOf(workload);
        // A container without a port is a target too.
        const ports = onlyContainerOf(workload).ports ?? [{ name: '' }];
        return ports.map(({ name }) => ({
          pair: `${component};${name ?? ''}`,
          isOurs: OURS.includes(component),
        }));
      });
  };

  it('Prometheus looks for pods in the namespace in which they are', () => {
    expect(namespaces()).toEqual(['sluice']);
    const [pods, ...others] = scraping().kubernetes_sd_configs;
    expect(others).toEqual([]);
    expect(pods).toMatchObject({ role: 'pod', namespaces: { names: namespaces() } });
    expect(pods?.namespaces).not.toHaveProperty('own_namespace');
  });

  it('Prometheus scrapes the ports of our processes, and nothing else that is there', () => {
    const keep = scraping().relabel_configs.find(({ action }) => action === 'keep');
    expect(keep?.source_labels).toEqual([
      '__meta_kubernetes_pod_label_app_kubernetes_io_component',
      '__meta_kubernetes_pod_container_port_name',
    ]);
    const regex = keep?.regex ?? '';
    const kept = seen().filter(({ pair }) => new RegExp(`^(?:${regex})$`).test(pair));
    const ours = seen().filter(({ isOurs }) => isOurs);
    expect(kept).toEqual(ours);
    expect(ours.length).toBeLessThan(seen().length);
    expect(regex.split('|').sort()).toEqual([...new Set(ours.map(({ pair }) => pair))].sort());
  });

  it('Prometheus may see the pods of that namespace from its own, and nothing more', () => {
    const named = (kind: string): unknown =>
      all.find(({ kind: other, metadata }) => other === kind && metadata.name === 'sluice-prometheus');
    const role = named('Role') as { rules: Rule[] } & Manifest;
    const binding = named('RoleBinding') as RoleBinding;
    expect(role.metadata.namespace).toBe('sluice');
    expect(role.rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }]);
    expect(binding.roleRef).toMatchObject({ kind: 'Role', name: role.metadata.name });
    expect(binding.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    ]);
  });

  it.each(WHO_TELLS_THE_URL)('the scaler is where %s says that Alertmanager finds it', (file) => {
    const told = readFileSync(file, 'utf8').match(/http:\/\/[\w.-]+\.svc:\d+\/hooks\/alertmanager/g) ?? [];
    expect(told.length).toBeGreaterThan(0);
    const services = all
      .filter(({ kind }) => kind === 'Service')
      .flatMap(({ metadata, spec }) => {
        const { selector, ports } = spec as { selector: Record<string, string>; ports: { port: number }[] };
        if (selector['app.kubernetes.io/component'] !== 'scaler') return [];
        return ports.map(
          ({ port }) => `http://${metadata.name}.${metadata.namespace ?? ''}.svc:${port}/hooks/alertmanager`,
        );
      });
    for (const url of told) expect(services).toContain(url);
  });
});
