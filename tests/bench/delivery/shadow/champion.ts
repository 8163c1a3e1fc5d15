import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { METRICS } from '../../../../serving/contract/metrics.ts';
import { kubeServer } from '../../../../serving/testing/kube.ts';
import { seriesValue } from '../../../../serving/testing/series.ts';
import { until } from '../../../../tools/testenv/until.ts';
import type { BenchBundle } from '../../serving/bundle.ts';
import { K } from '../../serving/graph.ts';
import { freePort, LOAD_CORE, startPinned, untilReady } from '../../serving/process.ts';
import { ask, type Server, startOurs } from '../../serving/servers.ts';

const CANDIDATE = { candidateVersion: '2.0.0', candidateDigest: `sha256:${'c'.repeat(64)}` };
const CANDIDATE_PROGRAM = fileURLToPath(new URL('../../serving/contenders/instant-candidate.ts', import.meta.url));
/** The heap that Node takes in a pod of 512Mi. */
const HEAP_OF_A_POD = { NODE_OPTIONS: '--max-old-space-size=256' };

export type Duplicates = Record<'compared' | 'failed' | 'dropped', number>;

/** A champion on the servers' core whose requests can be duplicated to a candidate on the other one. */
export interface Champion {
  server: Server;
  /** Resolves when duplicates go to the candidate, or when the thread that sent them is gone. */
  shadow: (percent: 0 | 100) => Promise<void>;
  /** What became of duplicates since the start. */
  duplicates: () => Promise<Duplicates>;
  /** Does the work while this one stands still, the duplicates that it has still to send included. */
  aside: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** CPU time of the thread that answers people, seconds. */
  eventLoopSeconds: () => number;
  /** CPU time of all threads, seconds. */
  cpuSeconds: () => number;
  end: () => Promise<void>;
}

export async function startChampion(bundle: BenchBundle): Promise<Champion> {
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
  const candidate = await startCandidate(server, candidatePort);
  const threads = (): string[] => readdirSync(`/proc/${server.pid}/task`);
  const withoutShadow = threads().length;
  const duplicates = (): Promise<Duplicates> => duplicatesOf(server);
  return {
    server,
    duplicates,
    aside: async (work) => {
      process.kill(server.pid, 'SIGSTOP');
      try {
        return await work();
      } finally {
        process.kill(server.pid, 'SIGCONT');
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
    eventLoopSeconds: () => onProcessor(server.pid, String(server.pid)),
    cpuSeconds: () => threads().reduce((sum, thread) => sum + onProcessor(server.pid, thread), 0),
    end: async () => {
      await Promise.all([server.end(), candidate.end()]);
      await api.close();
    },
  };
}

/** It must not take the load generator's core away from it, so it comes last there. */
async function startCandidate(example: Server, port: number) {
  const answer = await (await ask(example.port, 'u1', K)).text();
  const program = [process.execPath, CANDIDATE_PROGRAM, String(port), CANDIDATE.candidateDigest, answer];
  const candidate = startPinned(LOAD_CORE, { command: 'nice', args: ['-n', '19', ...program] });
  await untilReady('the candidate', candidate, async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);
  return candidate;
}

/** Seconds that a thread has run, which are the first of the numbers that Linux tells of it (Documentation/scheduler/sched-stats.rst). */
const onProcessor = (pid: number, thread: string): number => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e9;

async function duplicatesOf(server: Server): Promise<Duplicates> {
  const count = (outcome: string): Promise<number> => seriesOf(server, METRICS.shadow.name, { outcome });
  return { compared: await count('compared'), failed: (await count('error')) + (await count('timeout')), dropped: await count('dropped') };
}

async function seriesOf({ port }: Server, name: string, labels: Record<string, string> = {}): Promise<number> {
  return seriesValue(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), name, labels) ?? 0;
}
