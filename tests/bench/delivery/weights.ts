import type { KubernetesObject } from '../../../operator/api/objects.ts';
import { at, type Entry, isOf, textAt } from '../../../tools/replay/entry.ts';
import type { Cluster } from '../../../tools/scene/cluster.ts';
import { CARRIER } from '../../../serving/contract.ts';
import { answered } from './audit.ts';

interface Change {
  pod: string;
  /** Milliseconds since the epoch at which the pod put it in force. */
  time: number;
  weight: number;
  candidate: string;
}

/** What the splitters of pods that do not run the candidate say they applied. */
export async function appliedWeights(cluster: Cluster, namespace: string, candidate: string): Promise<Change[]> {
  const pods = await cluster.list('Pod', namespace, 'app.kubernetes.io/component=serving');
  const champions = pods.filter(({ metadata }) => metadata.annotations?.['recommender.dev/version'] !== candidate);
  return (await Promise.all(champions.map((pod) => changesOf(cluster, pod, candidate)))).flat();
}

async function changesOf(cluster: Cluster, { metadata: { name, namespace = '' } }: KubernetesObject, candidate: string): Promise<Change[]> {
  const text = await cluster.kubectl(['logs', name, '--namespace', namespace]);
  return text.split('\n').filter((line) => line.includes('"traffic"')).flatMap((line): Change[] => {
    const said = JSON.parse(line) as { time: string | number; weight: number; candidate?: string };
    return said.candidate === candidate ? [{ pod: name, time: new Date(said.time).getTime(), weight: said.weight, candidate }] : [];
  });
}

/**
 * From each weight that Argo Rollouts wrote for the candidate to the moment at which the last splitter had it, and how many
 * splitters there were. Milliseconds.
 */
export function delays(writes: readonly Entry[], changes: readonly Change[], candidate: string): number[] {
  const pods = new Set(changes.map(({ pod }) => pod));
  return weightWrites(writes, candidate).flatMap(({ weight, written }) => {
    const times = [...pods].map((pod) => changes.find((each) => each.pod === pod && each.weight === weight && each.time >= written - 1)?.time ?? Infinity);
    return times.length === 0 ? [] : [Math.max(...times) - written];
  });
}

/** Weights above nothing, each once; a patch names only what it changes. */
function weightWrites(writes: readonly Entry[], candidate: string): { weight: number; written: number }[] {
  let version = '';
  return writes.filter((each) => isOf(each, 'ingresses')).flatMap((write) => {
    const annotations = at(write.requestObject, 'metadata', 'annotations');
    version = textAt(annotations, CARRIER.candidateVersion) || version;
    const weight = Number(textAt(annotations, CARRIER.weight));
    // At 100 the candidate's pods become the champion's.
    return version === candidate && weight > 0 && weight < 100 ? [{ weight, written: answered(write) }] : [];
  });
}
