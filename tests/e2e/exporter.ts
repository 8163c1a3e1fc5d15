import type { KubernetesObject } from '../../operator/api/objects.ts';
import { METRICS } from '../../serving/contract/metrics.ts';
import type { Cluster } from '../../tools/testenv/cluster.ts';

const PORT = 9100;
const POD = 'exporter';

/** A case each: what a query may give that is no number to judge by. */
export const ODD = ['nan', 'infinite', 'empty', 'many', 'stale'] as const;

/** Runs in the pod. `good`: each case is one series of 0. `odd`: it is what its name says. `reset`: so it is, and a counter of requests fell to 0. */
const SOURCE = `
const { createServer } = require('node:http');
let mode = 'good';
const odd = {
  nan: () => ['fake{case="nan"} NaN'],
  infinite: () => ['fake{case="infinite"} +Inf'],
  empty: () => [],
  many: () => ['a', 'b', 'c'].map((each) => 'fake{case="many",of="' + each + '"} 0'),
  stale: () => ['fake{case="stale"} 0 ' + (Date.now() - 600000)],
};
const lines = () => [
  ...Object.entries(odd).flatMap(([name, bad]) => (mode === 'good' ? ['fake{case="' + name + '"} 0'] : bad())),
  '${METRICS.forwarded.name}{' + process.env.SERIES + '} ' + (mode === 'reset' ? 0 : 1000000),
];
createServer(({ url }, answer) => {
  if (url !== '/metrics') mode = url.slice(1);
  answer.setHeader('content-type', 'text/plain; version=0.0.4');
  answer.end(url === '/metrics' ? lines().join('\\n') + '\\n' : JSON.stringify(mode));
}).listen(${String(PORT)});
process.on('SIGTERM', () => process.exit());
`;

/** A pod that Prometheus scrapes and that says what it is told to, also of the forwarded requests of a version. */
export function exporter(cluster: Cluster, namespace: string, version: string) {
  const pod = (image: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: POD, namespace, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(PORT) } },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: POD,
          image,
          imagePullPolicy: 'IfNotPresent',
          args: ['--eval', SOURCE],
          env: [{ name: 'SERIES', value: `model_namespace="${namespace}",model="books",version="${version}",outcome="ok"` }],
          resources: { requests: { cpu: '10m', memory: '64Mi' } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
  return {
    start: (image: string) => cluster.apply(pod(image)),
    say: (mode: 'good' | 'odd' | 'reset') => cluster.ask(namespace, POD, PORT, `/${mode}`),
  };
}

/** Guardrails over the cases; an infinite value would pass the last one if it counted as a number. */
export const oddGuardrails = (namespace: string) =>
  ODD.map((name) => ({ name: `odd-${name}`, query: `fake{case="${name}",namespace="${namespace}"}`, minRequests: 0, ...(name === 'infinite' ? { min: '0' } : { max: '1' }) }));
