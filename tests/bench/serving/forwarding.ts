import { kubeServer } from '../../../serving/testing/kube.ts';
import type { KubeServer } from '../../../serving/testing/kube.ts';
import { fileURLToPath } from 'node:url';

import type { Plan } from './args.ts';
import type { BenchBundle } from './bundle.ts';
import { medians } from './figures.ts';
import type { Figures } from './figures.ts';
import { K } from './graph.ts';
import { measure } from './measure.ts';
import { freePort, LOAD_CORE, startPinned, untilReady } from './process.ts';
import { ask, startOurs } from './servers.ts';
import type { Server } from './servers.ts';

const CONNECTIONS = 64;
const CANDIDATE_DIGEST = `sha256:${'c'.repeat(64)}`;
const INSTANT_CANDIDATE = fileURLToPath(new URL('contenders/instant-candidate.ts', import.meta.url));

/** The champion without a carrier, with one at weight 0, and with one at 10%. */
export interface Forwarding {
  without: Figures;
  atZero: Figures;
  atTen: Figures;
}

/**
 * What the splitter costs the champion. The candidate is on the other core and answers at once: what a real one needs
 * is not the champion's cost, and on the champion's core it would be taken for it.
 */
export async function measureForwarding(bundle: BenchBundle, plan: Plan): Promise<Forwarding> {
  const without = await startOurs(bundle);
  const candidatePort = await startCandidate(without);
  const apis: KubeServer[] = [await kubeServer(), await kubeServer()];
  const rounds: Record<keyof Forwarding, Figures[]> = { without: [], atZero: [], atTen: [] };
  const [atZero, atTen] = await Promise.all(apis.map((api, index) => startSplitting(bundle, api, index * 10, candidatePort)));
  for (let round = 0; round < plan.rounds; round += 1) {
    rounds.without.push(await measure(without, plan, { connections: CONNECTIONS }));
    rounds.atZero.push(await measure(atZero!, plan, { connections: CONNECTIONS }));
    rounds.atTen.push(await measure(atTen!, plan, { connections: CONNECTIONS }));
  }
  for (const server of [without, atZero!, atTen!]) await server.end();
  for (const api of apis) await api.close();
  return { without: medians(rounds.without), atZero: medians(rounds.atZero), atTen: medians(rounds.atTen) };
}

/** A candidate that answers every request with the same list, taken from a real answer. */
async function startCandidate(example: Server): Promise<number> {
  const port = await freePort();
  const answer = await (await ask(example.port, 'u1', K)).text();
  const candidate = startPinned(LOAD_CORE, {
    command: process.execPath,
    args: [INSTANT_CANDIDATE, String(port), CANDIDATE_DIGEST, answer],
  });
  await untilReady('the instant candidate', candidate, async () => (await ask(port, 'u0', K)).ok);
  return port;
}

function startSplitting(bundle: BenchBundle, api: KubeServer, weight: number, candidatePort: number): Promise<Server> {
  api.setCarrier({ weight, candidateVersion: '2.0.0', candidateDigest: CANDIDATE_DIGEST });
  return startOurs(bundle, {
    CARRIER_INGRESS: 'carrier',
    CHAMPION_SERVICE: '127.0.0.1:1',
    CANDIDATE_SERVICE: `127.0.0.1:${candidatePort}`,
    POD_TEMPLATE_HASH: 'bench',
    KUBERNETES_API_URL: api.origin,
  });
}
