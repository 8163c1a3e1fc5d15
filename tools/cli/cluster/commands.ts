import { Command, InvalidArgumentError } from 'commander';
import { withOutput, type OutputOptions } from '../terminal/output.ts';
import { durationMs } from '../terminal/times.ts';
import type { ActOptions } from './act.ts';
import { type Act, ACTS, NEEDS_REASON } from './acts.ts';
import type { Where } from './api.ts';
import type { ShowOptions } from './decisions.ts';
import type { GetOptions } from './get.ts';
import type { StatusOptions } from './status.ts';

/** The commands for a live cluster. What each does is loaded when it runs: help and completion need not wait for it. */
export function addClusterCommands(program: Command): void {
  for (const create of [getCommand, whyCommand, historyCommand, versionsCommand, statusCommand]) program.addCommand(create());
  for (const act of Object.keys(ACTS) as Act[]) program.addCommand(actCommand(act));
  program.addCommand(doctorCommand());
}

const NAME = 'name of the model';

function getCommand(): Command {
  return withOutput(clusterCommand('get', 'Show models: what is serving, the candidate and its progress, and the measurements.'))
    .argument('[name]', 'show one model as a tree (default: all models as a table)')
    .option('-w, --watch', 'keep watching: redraws on a terminal, otherwise prints one line per change')
    .action(async (name: string | undefined, options: GetOptions) => (await import('./get.ts')).get(name, options));
}

const WHY = 'Explain the decisions about a model or one of its versions, with their measurements, newest first.';

function whyCommand(): Command {
  return withOutput(clusterCommand('why', WHY))
    .argument('<name[@version]>', 'e.g. books or books@2.0.0')
    .action(async (target: string, options: ShowOptions) => (await import('./decisions.ts')).why(target, options));
}

function historyCommand(): Command {
  return withOutput(clusterCommand('history', 'List the decisions about the versions of a model, newest first.'))
    .argument('<name>', NAME)
    .action(async (name: string, options: ShowOptions) => (await import('./decisions.ts')).history(name, options));
}

function versionsCommand(): Command {
  return withOutput(clusterCommand('versions', 'List the versions of a model and their stages, newest version first.'))
    .argument('<name>', NAME)
    .action(async (name: string, options: ShowOptions) => (await import('./versions.ts')).versions(name, options));
}

const STATUS = 'Show the status of a release, for scripts. '
  + 'Exit codes: 0 the desired version serves everyone, 1 stuck until somebody acts, 3 in progress.';

function statusCommand(): Command {
  return withOutput(clusterCommand('status', STATUS))
    .argument('<name>', NAME)
    .option('--timeout <duration>', 'how long to wait while the release is in progress, e.g. 10m', duration, 0)
    .action(async (name: string, options: StatusOptions) => (await import('./status.ts')).status(name, options));
}

function doctorCommand(): Command {
  const what = 'CRDs, Argo Rollouts, the operator, Prometheus, your permissions, and the models';
  return withOutput(clusterCommand('doctor', `Find out what is missing in a cluster: ${what}.`))
    .action(async (options: Where & OutputOptions) => (await import('./doctor.ts')).doctor(options));
}

function clusterCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-n, --namespace <name>', 'namespace (default: the namespace of the context)')
    .option('--context <name>', 'kubeconfig context (default: the current context)')
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG or ~/.kube/config)');
}

function actCommand(act: Act): Command {
  const command = clusterCommand(act, `${ACTS[act]} Exit codes: 0 done or accepted, 1 refused or failed.`).argument('<name>', NAME);
  if (act === 'rollback') command.requiredOption('--to <version>', 'version to roll back to');
  else command.option('--version <version>', 'version to act on (default: the candidate, otherwise the version in spec.release)');
  return command
    .option('--reason <text>', `reason for the record${NEEDS_REASON.includes(act) ? ' (required)' : ''}`)
    .option('--no-wait', 'do not wait for the operator')
    .option('--timeout <duration>', 'how long to wait for the operator', duration, 30_000)
    .action(async (name: string, options: ActOptions) => (await import('./act.ts')).act(act, name, options));
}

function duration(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 90s, 10m or 1h30m.');
  return ms;
}
