import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const PLAIN: Paint = (_style, text) => text;
const COLOURED: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** Colours only where somebody looks at them: not in a pipe, not with NO_COLOR (no-color.org), not on a dumb terminal. */
export function paintFor({ isTTY }: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTTY === true && !isRefused ? COLOURED : PLAIN;
}

const GOOD = ['Pass', 'Healthy', 'Watching', 'Champion', 'True', 'Done'];
const BAD = ['Fail', 'Rejected', 'RolledBack', 'Degraded', 'False', 'Refused'];

/** Green, red or yellow, by what the word means. */
export function paintWord(paint: Paint, word: string, shown = word): string {
  if (GOOD.includes(word)) return paint('green', shown);
  return paint(BAD.includes(word) ? 'red' : 'yellow', shown);
}
