import { KINDS } from '../../operator/api/kinds.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { Admin } from './admin.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const RELEASE = { version: '1.0.0', uri: 'https://models.example/books/1.0.0/', digest: DIGEST };

/** Makes our resources as a person would apply them, each of another name; what a test is about is all that it says. */
export function resourcesOf(admin: Admin) {
  let count = 0;
  const model = (spec: Fields, name = `model-${++count}`): Promise<KubernetesObject> =>
    admin.create(KINDS.RecommenderModel, { metadata: { name }, spec: { release: RELEASE, ...spec } });
  const version = (spec: Fields = {}, name?: string): Promise<KubernetesObject> => {
    const all: Fields = { model: `books${++count}`, ...RELEASE, ...spec };
    return admin.create(KINDS.ModelVersion, { metadata: { name: name ?? `${String(all['model'])}-${String(all['version'])}` }, spec: all });
  };
  return {
    model,
    version,
    release: (change: Fields) => model({ release: { ...RELEASE, ...change } }),
    router: (settings: Fields) => model({ delivery: { router: settings } }),
    serving: (settings: Fields) => model({ serving: settings }),
  };
}
