import type { Kind } from '../../operator/api/objects.ts';

const kind = (apiVersion: string, name: string, plural: string, namespaced = true): Kind => ({
  apiVersion,
  kind: name,
  plural,
  namespaced,
});

/** Kinds that the tests of operator/kube use, whatever the operator itself watches. */
export const CONFIG_MAP = kind('v1', 'ConfigMap', 'configmaps');
export const SECRET = kind('v1', 'Secret', 'secrets');
export const CRD = kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
export const WIDGET = kind('test.recommender.dev/v1', 'Widget', 'widgets');

/** A custom resource whose fields nobody checks, so that whatever is written comes back. */
export const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.recommender.dev' },
  spec: {
    group: 'test.recommender.dev',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
