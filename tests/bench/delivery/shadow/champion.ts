import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { METRICS } from '../../../../serving/contract.ts';
import { kubeServer } from '../../../../serving/testing/kube.ts';
import { seriesValue } from '../../../../serving/testing/series.ts';
import { until } from '../../../../tools/scene/until.ts';
import type { BenchBundle } from '../../serving/bundle.ts';
import { K } from '../../serving/graph.ts';
import { freePort, LOAD_CORE, startPinned, untilReady } from '../../serving/process.ts';
import { ask, type Server, startOurs } from '../../serving/servers.ts';

const CANDIDATE = { candidateVersion: '2.0.0', candidateDigest: `sha256:${'c'.repeat(64)}` };
const CANDIDATE_PROGRAM = fileURLToPath(new URL('../../serving/contenders/instant-candidate.ts', import.meta.url));
/** The heap that Node takes in a pod of 512Mi. */
const HEAP_OF_A_POD = { NODE_OPTIONS: '--max-old-space-size=256' };

/** The thread works at least so often while it has something to do, and tells of it. */
const LONGER_THAN_A_REST_MS = 500;

export type Duplicates = Record<'compared' | 'dropped', number>;

/** A champion on the servers' core whose requests can be duplicated to a candidate on the other one. */
export interface Champion {
  server: Server;
  /** Resolves when duplicates go to the candidate, or when the thread that sent them is gone. */
  shadow: (percent: 0 | 100) => Promise<void>;
  /** What became of duplicates since the start. */
  duplicates: () => Promise<Duplicates>;
  /** Resolves when none is on its way any more. */
  drained: () => Promise<void>;
  /** CPU time of the thread that answers people, seconds. */
  eventLoopSeconds: () => number;
  end: () => Promise<void>;
}

/** @param candidateMs what the candidate takes for an answer */
export async function startChampion(bundle: BenchBundle, candidateMs = 0): Promise<Champion> {
  const [api, candidatePort] = [await kubeServer(), await freePort()];
  api.setCarrier({ weight: 0, shadowPercent: 0, ...CANDIDATE });
  const server = await startOurs(bundle, {
    CARRIER_INGRESS: 'carrier',
    CHAMPION_SERVICE: '127.0.0.1:1',
    CANDIDATE_SERVICE: `127.0.0.1:${candidatePort}`,
    POD_TEMPLATE_HASH: 'bench',
    KUBERNETES_API_URL: api.origin,
    ...HEAP_OF_A_POD,
  });
  const candidate = await startCandidate(server, candidatePort, candidateMs);
  const threads = (): string[] => readdirSync(`/proc/${server.pid}/task`);
  const withoutShadow = threads().length;
  const duplicates = (): Promise<Duplicates> => duplicatesOf(server);
  return {
    server,
    duplicates,
    drained: async () => {
      for (let [before, now] = [-1, 0]; now > before;) {
        [before, now] = [now, (await duplicates()).compared];
        await pause(LONGER_THAN_A_REST_MS);
      }
    },
    shadow: async (shadowPercent) => {
      api.setCarrier({ weight: 0, shadowPercent, ...CANDIDATE });
      if (shadowPercent === 0) return void (await until('the thread of the shadow is gone', () => threads().length <= withoutShadow));
      const { compared } = await duplicates();
      await until('a duplicate is compared', async () => {
        await (await ask(server.port, 'u0', K)).text();
        return (await duplicates()).compared > compared;
      });
    },
    eventLoopSeconds: () => Number(readFileSync(`/proc/${server.pid}/task/${server.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e9,
    end: async () => {
      await Promise.all([server.end(), candidate.end()]);
      await api.close();
    },
  };
}

/** It must not take the load generator's core away from it, so it comes last there. */
async function startCandidate(example: Server, port: number, ms: number) {
  const answer = await (await ask(example.port, 'u1', K)).text();
  const program = [process.execPath, CANDIDATE_PROGRAM, String(port), CANDIDATE.candidateDigest, answer, String(ms)];
  const candidate = startPinned(LOAD_CORE, { command: 'nice', args: ['-n', '19', ...program] });
  await untilReady('the candidate', candidate, async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);
  return candidate;
}

async function duplicatesOf({ port }: Server): Promise<Duplicates> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const count = (outcome: string): number => seriesValue(text, METRICS.shadow.name, { outcome }) ?? 0;
  return { compared: count('compared'), dropped: count('dropped') };
}
