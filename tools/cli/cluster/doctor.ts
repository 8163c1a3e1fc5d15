import { show, type OutputOptions } from '../terminal/output.ts';
import { type Paint, paintFor, paintWord } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { type Api, type Where, withApi } from './api.ts';
import type { Check } from './check.ts';
import { argoRollouts, crds, operator } from './installed.ts';
import { mesh } from './mesh.ts';
import { prometheus } from './prometheus.ts';
import { models } from './models.ts';
import { permissions } from './permissions.ts';

type Look = (api: Api) => Promise<Check[]>;

const LOOKS: readonly Look[] = [reachable, crds, argoRollouts, mesh, operator, prometheus, permissions, models];

/** `doctor`: one line for each thing that releases need; exit code 1 if one is missing. */
export async function doctor(options: Where & OutputOptions): Promise<void> {
  await withApi(options, async (api) => {
    const checks: Check[] = [];
    for (const look of LOOKS) checks.push(...(await look(api)));
    await show(options.output, checks, () => describeChecks(checks, paintFor(process.stdout, process.env)));
    if (checks.some(({ result }) => result === 'Missing')) process.exitCode = 1;
  });
}

const WORDS = { Ok: 'True', Advice: 'Wait', Unknown: 'Wait', Missing: 'False' };

function describeChecks(checks: readonly Check[], paint: Paint): string {
  const lines = table(checks.map(({ result, what, message }) => [result, what, message])).split('\n');
  const painted = checks.map(({ result }, index) => paintWord(paint, WORDS[result], result) + (lines[index]?.slice(result.length) ?? ''));
  return painted.join('\n');
}

/** Throws if no cluster answers: then nothing else can be checked. */
async function reachable({ client }: Api): Promise<Check[]> {
  const { gitVersion = '?' } = (await client.send({ method: 'GET', path: '/version' })) as { gitVersion?: string };
  return [{ what: 'cluster', result: 'Ok', message: `${client.host} is reachable, Kubernetes ${gitVersion}` }];
}
