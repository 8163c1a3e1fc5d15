import { table } from '../table.ts';
import { type Api, type Where, withApi } from './api.ts';
import { argoRollouts, crds, operator } from './installed.ts';
import { mesh } from './mesh.ts';
import { paintFor, paintWord } from './paint.ts';
import { prometheus } from './prometheus.ts';
import { models, permissions } from './yours.ts';

/** What one look found. Unknown: it could not be looked at from here. */
export interface Check {
  what: string;
  result: 'Ok' | 'Advice' | 'Missing' | 'Unknown';
  says: string;
}

const LOOKS: readonly ((api: Api) => Promise<Check[]>)[] = [reachable, crds, argoRollouts, mesh, operator, prometheus, permissions, models];

/** `doctor`: one line for each thing that releases need; exit code 1 when one is missing. */
export async function doctor(options: Where): Promise<void> {
  await withApi(options, async (api) => {
    const checks: Check[] = [];
    for (const look of LOOKS) checks.push(...(await look(api)));
    const paint = paintFor(process.stdout, process.env);
    const lines = table(checks.map(({ result, what, says }) => [result, what, says])).split('\n');
    console.log(lines.map((line, index) => painted(line, checks[index]?.result ?? 'Ok', (word, shown) => paintWord(paint, word, shown))).join('\n'));
    if (checks.some(({ result }) => result === 'Missing')) process.exitCode = 1;
  });
}

const WORDS = { Ok: 'True', Advice: 'Wait', Unknown: 'Wait', Missing: 'False' };

const painted = (line: string, result: Check['result'], paint: (word: string, shown: string) => string) =>
  `${paint(WORDS[result], result)}${line.slice(result.length)}`;

/** Throws where no cluster answers: then nothing else can be said. */
async function reachable({ client }: Api): Promise<Check[]> {
  const { gitVersion = '?' } = (await client.send({ method: 'GET', path: '/version' })) as { gitVersion?: string };
  return [{ what: 'cluster', result: 'Ok', says: `${client.host} answers, Kubernetes ${gitVersion}` }];
}
