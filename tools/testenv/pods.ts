import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { Cluster } from './cluster.ts';

interface PodOptions {
  /** Also the value of the label `app`. */
  name: string;
  image: string;
  args: string[];
  /** Where it answers `/healthz` once it is ready. */
  port: number;
  env: Record<string, string>;
}

/** A pod with one container of the examples' image, a folder /tmp and no rights. */
export function podObject(namespace: string, { name, image, args, port, env }: PodOptions): KubernetesObject {
  const security = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 2,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          args,
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 1 },
          resources: { requests: { cpu: '50m', memory: '128Mi' } },
          securityContext: security,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}

/** The name of the pod, once it is ready. */
export async function readyPod(cluster: Cluster, namespace: string, name: string): Promise<string | undefined> {
  const found = await cluster.get('Pod', { namespace, name });
  const status = found?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true ? name : undefined;
}
