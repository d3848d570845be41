import ipaddr from 'ipaddr.js';
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from 'kubernetes-types/networking/v1.js';
import type { Manifest } from './manifest.js';

type Labels = Readonly<Record<string, string>>;

export interface PlacedPod {
  readonly labels: Labels;
  /** Of its namespace. */
  readonly namespace: Labels;
  /** Its named ports. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The other side of a connection: a pod, or an address outside. */
export type Side = { readonly pod: PlacedPod } | { readonly address: string };

export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  const isEqual = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    isEqual &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const isOneOf = values.includes(labels[key] ?? '') && key in labels;
      if (operator === 'In') return isOneOf;
      if (operator === 'NotIn') return !isOneOf;
      return (operator === 'Exists') === key in labels;
    })
  );
}

function isInside(address: string, cidr: string): boolean {
  const parsed = ipaddr.parse(address);
  const [network, bits] = ipaddr.parseCIDR(cidr);
  if (parsed instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && parsed.match(network, bits);
  return network instanceof ipaddr.IPv6 && parsed.match(network, bits);
}

function isPeer(
  { ipBlock, namespaceSelector, podSelector }: NetworkPolicyPeer,
  side: Side,
  home: Labels,
): boolean {
  if ('address' in side) {
    if (ipBlock === undefined) return false;
    const isOut = (ipBlock.except ?? []).some((cidr) => isInside(side.address, cidr));
    return isInside(side.address, ipBlock.cidr) && !isOut;
  }
  if (ipBlock !== undefined) return false;
  const isPlace =
    namespaceSelector === undefined
      ? side.pod.namespace === home
      : selects(namespaceSelector, side.pod.namespace);
  return isPlace && (podSelector === undefined || selects(podSelector, side.pod.labels));
}

const isPort = (port: number, { port: allowed }: NetworkPolicyPort, named: PlacedPod['ports']): boolean =>
  allowed === undefined || allowed === port || (typeof allowed === 'string' && named[allowed] === port);

/** As Kubernetes decides: a pod that no policy of this direction selects may do everything; else what any of them allows. */
export function isAllowed(
  direction: 'Ingress' | 'Egress',
  manifests: readonly Manifest[],
  pod: PlacedPod,
  other: { readonly side: Side; readonly port: number },
): boolean {
  const all = manifests.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[];
  const ours = all.filter(
    ({ spec }) => spec?.policyTypes?.includes(direction) === true && selects(spec.podSelector, pod.labels),
  );
  if (ours.length === 0) return true;
  const named = direction === 'Ingress' ? pod.ports : 'pod' in other.side ? other.side.pod.ports : {};
  const rules = ours.flatMap(({ spec }): { peers: NetworkPolicyPeer[]; ports: NetworkPolicyPort[] }[] =>
    direction === 'Ingress'
      ? (spec?.ingress ?? []).map(({ from, ports }: NetworkPolicyIngressRule) => ({
          peers: from ?? [],
          ports: ports ?? [],
        }))
      : (spec?.egress ?? []).map(({ to, ports }: NetworkPolicyEgressRule) => ({
          peers: to ?? [],
          ports: ports ?? [],
        })),
  );
  return rules.some(
    ({ peers, ports }) =>
      (peers.length === 0 || peers.some((peer) => isPeer(peer, other.side, pod.namespace))) &&
      (ports.length === 0 || ports.some((port) => isPort(other.port, port, named))),
  );
}
