import type { Kind, KubernetesObject } from '../../operator/api/objects.ts';
import { WIDGET } from './kinds.ts';

const meta = { name: 'books', namespace: 'default', labels: { app: 'books' } };
const selector = { matchLabels: { app: 'books' } };
const kind = (apiVersion: string, name: string, plural: string): Kind => ({ apiVersion, kind: name, plural, namespaced: true });

const POD_TEMPLATE = {
  metadata: { labels: { app: 'books' }, annotations: {} },
  spec: {
    serviceAccountName: 'books',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: [{ name: 'bundle', emptyDir: { sizeLimit: '1024Mi' } }],
    containers: [
      {
        name: 'serving',
        image: 'serving:1',
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'VERSION', value: '1.0' }],
        resources: { requests: { cpu: '1000m', memory: '0.5Gi' }, limits: { memory: '1024Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 2 },
        volumeMounts: [{ name: 'bundle', mountPath: '/bundle', readOnly: true }],
      },
    ],
  },
};

/** One object of each kind that the operator owns, written as a builder would write it: with no defaults spelled out. */
export const SAMPLES: readonly { readonly kind: Kind; readonly object: KubernetesObject }[] = [
  [kind('v1', 'Service', 'services'), { spec: { selector: { app: 'books' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } }],
  [
    kind('networking.k8s.io/v1', 'Ingress', 'ingresses'),
    {
      spec: {
        ingressClassName: 'recommender',
        rules: [
          { host: 'books', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'books', port: { name: 'http' } } } }] } },
        ],
      },
    },
  ],
  [
    kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
    {
      spec: {
        scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'books' },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      },
    },
  ],
  [kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'), { spec: { maxUnavailable: 1, selector } }],
  [
    kind('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
    { rules: [{ apiGroups: ['networking.k8s.io'], resources: ['ingresses'], resourceNames: ['books'], verbs: ['get', 'watch'] }] },
  ],
  [
    kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'books' },
      subjects: [{ kind: 'ServiceAccount', name: 'books', namespace: 'default' }],
    },
  ],
  [kind('v1', 'ServiceAccount', 'serviceaccounts'), { automountServiceAccountToken: false }],
  [
    kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
    { spec: { podSelector: selector, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }] } },
  ],
  [kind('apps/v1', 'Deployment', 'deployments'), { spec: { replicas: 2, selector, template: POD_TEMPLATE } }],
  [kind('batch/v1', 'Job', 'jobs'), { spec: { backoffLimit: 1, template: { spec: { ...POD_TEMPLATE.spec, restartPolicy: 'Never' } } } }],
  // Stands for a Rollout: a custom resource without defaults that takes any field.
  [WIDGET, { spec: { replicas: 2, selector, strategy: { canary: { steps: [{ setWeight: 0 }, { pause: {} }] } }, template: POD_TEMPLATE } }],
].map(([of, fields]) => ({
  kind: of as Kind,
  object: { apiVersion: (of as Kind).apiVersion, kind: (of as Kind).kind, metadata: meta, ...(fields as object) },
}));
