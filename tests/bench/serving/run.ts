import type { Options, Plan } from './args.ts';
import type { BenchBundle } from './bundle.ts';
import { compare } from './compare.ts';
import type { Comparison, Contenders } from './compare.ts';
import { faultsOf } from './figures.ts';
import type { Figures } from './figures.ts';
import { measureForwarding } from './forwarding.ts';
import { measure } from './measure.ts';
import { measureMemory } from './memory.ts';
import { endAll } from './process.ts';
import { say } from './progress.ts';
import { checkSameAnswers } from './same-answers.ts';
import { startContender } from './servers.ts';
import type { Measured } from './targets.ts';

/** Measures everything the plan asks for. The first bundle serves for what does not depend on the number of items. */
export async function measureAll(bundles: readonly BenchBundle[], { plan, python }: Options): Promise<Measured> {
  const [first] = bundles;
  if (first === undefined) throw new Error('the plan names no sizes');
  const comparisons: Comparison[] = [];
  for (const bundle of bundles) {
    const contenders = await startAll(bundle, python);
    await checkSameAnswers(contenders);
    await warm(contenders, plan);
    comparisons.push(await compare(bundle, contenders, plan));
    await endAll();
  }
  say('what forwarding costs the champion …');
  const forwarding = await measureForwarding(first, plan);
  await endAll();
  say(`memory over ${plan.memoryRequests[1]} requests …`);
  return { comparisons, forwarding, memory: await measureMemory(first, plan) };
}

/** Sentences on every measurement with errors or wrong answers, which is worth nothing. */
export function faultsIn({ comparisons, forwarding, memory }: Measured): string[] {
  const all: Record<string, Figures> = { ...forwarding };
  for (const { items, closed, atOwn70, atFastapi70, overload } of comparisons) {
    for (const [name, perConnections] of Object.entries(closed)) {
      for (const [connections, figures] of Object.entries(perConnections)) all[`${items} ${name} ${connections}`] = figures;
    }
    Object.assign(all, { [`${items} at 70%`]: atOwn70, [`${items} overload`]: overload });
    if (atFastapi70 !== undefined) all[`${items} at 70% of FastAPI`] = atFastapi70.ours;
  }
  const faults = Object.entries(all).map(([name, figures]) => [name, faultsOf(figures)] as const);
  return [
    ...faults.flatMap(([name, fault]) => (fault === undefined ? [] : [`${name}: ${fault}`])),
    ...(memory.errors === 0 ? [] : [`memory: ${memory.errors} errors or fallbacks`]),
  ];
}

async function startAll(bundle: BenchBundle, python: string | undefined): Promise<Contenders> {
  return {
    ours: await startContender('ours', bundle),
    naiveExpress: await startContender('naiveExpress', bundle),
    ...(python === undefined ? {} : await startPython(bundle, python)),
    naiveExpressDefaults: await startContender('naiveExpressDefaults', bundle),
    noopExpress: await startContender('noopExpress', bundle),
  };
}

async function startPython(bundle: BenchBundle, python: string): Promise<Partial<Contenders>> {
  return { fastapi: await startContender('fastapi', bundle, python), fastapiAsync: await startContender('fastapiAsync', bundle, python) };
}

/** Every server has met some load before anything counts. */
async function warm(contenders: Contenders, { forMs }: Plan): Promise<void> {
  for (const server of Object.values(contenders)) await measure(server, { warmMs: 0, forMs: forMs / 2 }, { connections: 16 });
}
