import { Command } from 'commander';
import { withOutput, type OutputOptions } from '../terminal/output.ts';
import type { InitOptions } from './init.ts';

const LINT = 'Check resources before you apply them: schema, CEL rules, and what no schema can express. Exit codes: 0 no errors, 1 errors.';

/** The commands that need no cluster. */
export function addFileCommands(program: Command): void {
  program.addCommand(withOutput(new Command('lint'))
    .description(LINT)
    .argument('<file...>', 'YAML files, or - for standard input')
    .action(async (files: string[], options: OutputOptions) => (await import('./lint.ts')).lint(files, options)));
  program.addCommand(new Command('init')
    .description('Print a commented RecommenderModel.')
    .argument('<name>', 'name of the model')
    .option('--strategy <strategy>', 'how new versions are released', 'Canary')
    .option('-n, --namespace <name>', 'namespace of the model')
    .action(async (name: string, options: InitOptions) => (await import('./init.ts')).init(name, options)));
  program.addCommand(new Command('completion')
    .description('Print a completion script for a shell, e.g. source <(kubectl-recommender completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => (await import('./completion.ts')).completion(shell, program)));
}
