import { Command, InvalidArgumentError } from 'commander';
import { showing, type Shown } from '../terminal/output.ts';
import { durationMs } from '../terminal/times.ts';
import type { ActOptions } from './act.ts';
import { type Act, ACTS, NEEDS_REASON } from './acts.ts';
import type { Where } from './api.ts';
import type { ShowOptions } from './decisions.ts';
import type { GetOptions } from './get.ts';
import type { StatusOptions } from './status.ts';

/** The commands for a live cluster. What each does is loaded when it runs, so that help and completion need not wait. */
export function addClusterCommands(program: Command): void {
  program.addCommand(showing(clusterCommand('get', 'Show models: what serves, what is on its way, how far it is and what was measured.'))
    .argument('[name]', 'one model, as a tree; without it all, as a table')
    .option('-w, --watch', 'keep on showing: redrawn on a terminal, a line for each change elsewhere')
    .action(async (name: string | undefined, options: GetOptions) => (await import('./get.ts')).get(name, options)));
  program.addCommand(showing(clusterCommand('why', 'Tell what was decided about a model or one of its versions, and on which numbers; newest first.'))
    .argument('<name[@version]>', 'e.g. books or books@2.0.0')
    .action(async (target: string, options: ShowOptions) => (await import('./decisions.ts')).why(target, options)));
  program.addCommand(showing(clusterCommand('history', 'List what became of the versions of a model; newest first.'))
    .argument('<name>', 'the model')
    .action(async (name: string, options: ShowOptions) => (await import('./decisions.ts')).history(name, options)));
  program.addCommand(showing(clusterCommand('versions', 'List the versions of a model and what became of each; newest first.'))
    .argument('<name>', 'the model')
    .action(async (name: string, options: ShowOptions) => (await import('./versions.ts')).versions(name, options)));
  program.addCommand(showing(clusterCommand('status', 'For scripts. Exit codes: 0 the wished version serves everyone, 1 it never will unless somebody does something, 3 still under way.'))
    .argument('<name>', 'the model')
    .option('--timeout <duration>', 'how long to wait while it is under way, e.g. 10m', duration, 0)
    .action(async (name: string, options: StatusOptions) => (await import('./status.ts')).status(name, options)));
  for (const act of Object.keys(ACTS) as Act[]) program.addCommand(actCommand(act));
  program.addCommand(showing(clusterCommand('doctor', 'Tell what is missing in this cluster: CRDs, Argo Rollouts, the operator, Prometheus, your permissions, measurements.'))
    .action(async (options: Where & Shown) => (await import('./doctor.ts')).doctor(options)));
}

function clusterCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-n, --namespace <name>', "namespace (default: the context's)")
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG or ~/.kube/config)');
}

function actCommand(act: Act): Command {
  const command = clusterCommand(act, `${ACTS[act]} Exit codes: 0 done, 1 refused or failed.`).argument('<name>', 'the model');
  if (act === 'rollback') command.requiredOption('--to <version>', 'the version to go back to');
  else command.option('--version <version>', 'the version that is meant (default: the one on its way, else the wished one)');
  return command
    .option('--reason <text>', `why, for the record${NEEDS_REASON.includes(act) ? '; needed' : ''}`)
    .option('--no-wait', 'do not wait for the operator')
    .option('--timeout <duration>', 'how long to wait for the operator', duration, 30_000)
    .action(async (name: string, options: ActOptions) => (await import('./act.ts')).act(act, name, options));
}

function duration(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a duration such as 90s, 10m or 1h30m.');
  return ms;
}
