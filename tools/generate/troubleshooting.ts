import { REASONS } from '../../operator/plan/reasons.ts';

const START = '<!-- generated: reasons -->';
const END = '<!-- /generated -->';

/**
 * @param page the troubleshooting page, written by hand around the marks
 * @returns the page with the present table of reasons between them
 * @throws Error when a mark is missing
 */
export function withReasons(page: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/troubleshooting.md has no place for the reasons: write ${START} and ${END}.`);
  }
  return [before, START, '\n', tableOfReasons(), '\n', END, after].join('');
}

function tableOfReasons(): string {
  const entries = Object.entries(REASONS);
  const normal = entries.filter(([, { help }]) => help === undefined).map(([reason, { means }]) => `- \`${reason}\`: ${means}.`);
  const rows = entries.flatMap(([reason, { means, help, phases, stalled }]) =>
    help === undefined ? [] : [`| \`${reason}\` | ${phasesOf(phases, stalled)} | ${means} | ${help} |`],
  );
  return [
    'These reasons are part of normal work:',
    '',
    ...normal,
    '',
    'The others. A phase in bold means that nothing goes on until somebody changes something (condition `Stalled`):',
    '',
    '| reason | phase | what it means | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Rejected and RolledBack wait for a person whatever the reason. */
function phasesOf(phases: readonly string[] | 'any' = [], stalled = false): string {
  if (phases === 'any') return stalled ? '**any**' : 'any';
  return phases.map((phase) => (stalled || phase === 'Rejected' || phase === 'RolledBack' ? `**${phase}**` : phase)).join(', ');
}
