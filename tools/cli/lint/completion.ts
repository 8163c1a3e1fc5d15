import type { Command } from 'commander';
import { CliFailure } from '../terminal/failure.ts';

/** `completion SHELL`: prints a script that completes commands, options and names of models. */
export function completion(shell: string, program: Command): void {
  console.log(scriptFor(shell, wordsOf(program)));
}

/** @throws CliFailure naming the supported shells */
export function scriptFor(shell: string, words: Words[]): string {
  const script = SCRIPTS[shell];
  if (!script) throw new CliFailure(`Unknown shell ${shell}: use one of ${Object.keys(SCRIPTS).join(', ')}.`, 2);
  return script(words);
}

interface Words {
  name: string;
  description: string;
  options: string[];
  /** Words that may follow, e.g. subcommands. */
  commands: string[];
  /** Whether the first argument is the name of a model. */
  takesModel: boolean;
}

export function wordsOf(program: Command): Words[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: (command.description().split(/[.:] /)[0] ?? '').replace(/['"`$\\]/g, ''),
    options: command.options.flatMap(({ long }) => long ?? []),
    commands: command.name() === 'completion' ? Object.keys(SCRIPTS) : command.commands.map((each) => each.name()),
    takesModel: command.options.some(({ long }) => long === '--context') && command.name() !== 'doctor',
  }));
}

const MODELS = 'kubectl get recommendermodels -o name 2>/dev/null | cut -d/ -f2';
const NAMES = ['recommender', 'kubectl-recommender'];

const SCRIPTS: Record<string, (words: Words[]) => string> = {
  bash: (words) => [
    '_recommender() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}" options="" words=""',
    `  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(' ')}" -- "$word")); return; fi`,
    '  case "$command" in',
    ...words.map(({ name, options, commands, takesModel }) => {
      const models = takesModel ? `$([ "$COMP_CWORD" -eq 2 ] && ${MODELS})` : '';
      return `    ${name}) options="${options.join(' ')}"; words="${commands.join(' ')}${models}" ;;`;
    }),
    '  esac',
    '  case "$word" in -*) words="$options" ;; esac',
    '  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi',
    '}',
    `complete -F _recommender ${NAMES.join(' ')}`,
  ].join('\n'),
  zsh: (words) => [
    `#compdef ${NAMES.join(' ')}`,
    '_recommender() {',
    '  local -a commands options',
    `  commands=(${words.map(({ name, description }) => `'${name}:${description.replaceAll(':', '')}'`).join(' ')})`,
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    '  case "$words[2]" in',
    ...words.map(({ name, options, commands, takesModel }) => {
      const third = takesModel ? `$(${MODELS})` : commands.join(' ');
      return `    ${name}) options=(${options.join(' ')}); (( CURRENT == 3 )) && compadd -- ${third} ;;`;
    }),
    '  esac',
    '  if [[ "$PREFIX" == -* ]]; then compadd -- $options; else _files; fi',
    '}',
    `compdef _recommender ${NAMES.join(' ')}`,
  ].join('\n'),
  fish: (words) => NAMES.flatMap((program) => words.flatMap(({ name, description, options, commands, takesModel }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d '${description}'`,
    ...options.map((option) => `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
    ...(takesModel ? [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a '(${MODELS})'`] : []),
    ...(commands.length > 0 ? [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a '${commands.join(' ')}'`] : []),
  ])).join('\n'),
};
