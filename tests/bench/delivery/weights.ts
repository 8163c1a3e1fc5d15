import type { KubernetesObject } from '../../../operator/api/objects.ts';
import { at, type Entry, isOf, textAt } from '../../../tools/replay/entry.ts';
import type { Cluster } from '../../../tools/testenv/cluster.ts';
import { CARRIER } from '../../../serving/contract/carrier.ts';
import { came } from './audit.ts';

/** What one splitter says that it put in force, and when: milliseconds since the epoch. */
export interface Change {
  time: number;
  weight: number;
}

/** The champion's pods, each with the weights of the candidate that it applied, oldest first. */
export interface Applied {
  candidate: string;
  pods: readonly (readonly Change[])[];
}

export async function appliedWeights(cluster: Cluster, namespace: string, { champion, candidate }: { champion: string; candidate: string }): Promise<Applied> {
  const pods = await cluster.list('Pod', namespace, 'app.kubernetes.io/component=serving');
  const champions = pods.filter(({ metadata }) => metadata.annotations?.['recommender.dev/version'] === champion);
  return { candidate, pods: await Promise.all(champions.map((pod) => changesOf(cluster, pod, candidate))) };
}

async function changesOf(cluster: Cluster, { metadata: { name, namespace = '' } }: KubernetesObject, candidate: string): Promise<Change[]> {
  const text = await cluster.kubectl(['logs', name, '--namespace', namespace]);
  return text.split('\n').filter((line) => line.includes('"traffic"')).flatMap((line): Change[] => {
    const said = JSON.parse(line) as { time: string | number; weight: number; candidate?: string };
    return said.candidate === candidate ? [{ time: new Date(said.time).getTime(), weight: said.weight }] : [];
  });
}

/**
 * From each weight that Argo Rollouts wrote for the candidate to the moment at which the last splitter had it. Milliseconds;
 * Infinity where one never had it.
 */
export function delays(writes: readonly Entry[], { candidate, pods }: Applied): number[] {
  if (pods.length === 0) throw new Error('no pod of the champion is there to tell what it applied');
  return weightWrites(writes, candidate).map(({ weight, written }) => {
    const times = pods.map((changes) => changes.find((each) => each.weight === weight && each.time >= Math.floor(written))?.time ?? Infinity);
    return Math.max(...times) - written;
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
    return version === candidate && weight > 0 && weight < 100 ? [{ weight, written: came(write) }] : [];
  });
}
