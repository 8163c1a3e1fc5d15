import type { KubernetesObject } from '../../operator/api/objects.ts';
import { network } from '../../tools/cluster/layout.ts';

/** A Service whose only endpoint is a port of this machine: the gateway of the pods, which cannot reach its loopback. */
export function hostService(namespace: string, name: string, endpoint: number, port = endpoint): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'main', port, targetPort: endpoint }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [network.host], conditions: { ready: true } }],
      ports: [{ name: 'main', port: endpoint }],
    },
  ];
}
