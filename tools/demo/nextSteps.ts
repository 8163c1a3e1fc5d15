import { dirname } from 'node:path';
import type { Release } from '../../operator/api/model.ts';
import { statePaths } from '../cluster/layout.ts';
import { binaryPath } from '../setup/binaries.mjs';
import type { Where } from './args.ts';
import { quoted } from './format.ts';
import type { Output } from './output.ts';

interface Suggestion {
  what: string;
  commands: readonly string[];
}

/** What to try while everything is in place: commands that a shell takes as they are. `slow`: the release of a slow version. */
export function suggestions(where: Where, namespace: string, slow: Release): Suggestion[] {
  const local = where.cluster === 'Local';
  const kubectl = `kubectl${local ? '' : ` --context ${quoted(where.context)}`} -n ${namespace}`;
  const patch = JSON.stringify({ spec: { release: slow } });
  return [
    ...(local ? [{ what: 'First, make your shell use the cluster:', commands: kubectlSetUp() }] : []),
    { what: 'Ask the model:', commands: local ? askService(kubectl) : [`${kubectl} port-forward service/books 8080:80 &`, ask('127.0.0.1:8080')] },
    { what: 'See what was decided, and why:', commands: [`${kubectl} describe rec books`] },
    {
      what: `Release ${slow.version}, which answers correctly but slowly, and watch:`,
      commands: [`${kubectl} patch rec books --type merge -p '${patch}'`, `${kubectl} get rec books -w`],
    },
    {
      what: 'Retry a rejected version:',
      commands: [`${kubectl} annotate rec books recommender.dev/retry="${slow.version} please" --overwrite`],
    },
    { what: 'Clean up:', commands: local ? ['npm run cluster -- down'] : removal(where, namespace) },
  ];
}

export function showNextSteps(all: readonly Suggestion[], output: Output): void {
  output.section('What to try next');
  for (const { what, commands } of all) {
    output.raw(`\n  ${what}`);
    for (const command of commands) output.raw(`    ${command}`);
  }
  output.raw('');
}

const kubectlSetUp = (): string[] => [
  `export KUBECONFIG=${statePaths.kubeconfig}`,
  `export PATH=${dirname(binaryPath('kubectl'))}:$PATH`,
];

const ask = (address: string): string =>
  `curl -s http://${address}/recommend -H 'content-type: application/json' -d '{"user_id":"reader-0042","k":3}'`;

/** Pods' and Services' addresses are reached from the host of the local cluster. */
const askService = (kubectl: string): string[] => [ask(`$(${kubectl} get service books -o jsonpath='{.spec.clusterIP}')`)];

const removal = (where: Where & { cluster: 'Other' }, namespace: string): string[] => [
  `kubectl --context ${quoted(where.context)} delete namespace ${namespace}`,
  `helm --kube-context ${quoted(where.context)} uninstall recommender-operator --namespace recommender-system`,
];
