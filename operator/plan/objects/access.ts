import { namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { isBuiltIn } from '../spec/router.ts';
import { accountOfOthers } from '../state/account.ts';
import type { Observed } from '../state/observed.ts';
import { ownedMeta } from './owned.ts';

/** Account of the serving pods, and of the validation Job where the bundle is read as the pod itself; nothing where others made one. */
export function accountObjects(observed: Observed): KubernetesObject[] {
  const { model } = observed;
  if (accountOfOthers(observed)) return [];
  return [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: ownedMeta(model, namesOf(model.metadata.name).serviceAccount) }];
}

/** What serving pods that divide the users may read: their one carrier Ingress and their one champion Service, nothing else. */
export function accessObjects(observed: Observed): KubernetesObject[] {
  const { model } = observed;
  const names = namesOf(model.metadata.name);
  const metadata = ownedMeta(model, names.serviceAccount);
  const rbac = 'rbac.authorization.k8s.io';
  if (!isBuiltIn(model)) return accountObjects(observed);
  return [
    ...accountObjects(observed),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        {
          apiGroups: ['networking.k8s.io'],
          resources: ['ingresses'],
          resourceNames: [names.carrierIngress],
          verbs: ['get', 'list', 'watch'],
        },
        { apiGroups: [''], resources: ['services'], resourceNames: [names.championService], verbs: ['get'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: names.serviceAccount },
      subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount, namespace: metadata.namespace }],
    },
  ];
}
