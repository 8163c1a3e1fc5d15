import { stripVTControlCharacters } from 'node:util';

/** Of a terminal, in lines and characters; 0 or absent if unknown. */
interface Size {
  rows?: number;
  columns?: number;
}

// Control characters are not allowed in the literal of a pattern.
const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`(${ESCAPE}\\[\\d+m)`);

/**
 * What draws `text` over the picture before. The head stays in sight: a line too many would scroll it away, and so would a
 * long one, which the terminal breaks into two. Sentences are broken between words, all else is cut.
 */
export function drawing(text: string, { rows, columns }: Size): string {
  // The cursor stands below the picture and needs a line, too.
  const whole = text.split('\n').flatMap((line) => folded(line, columns));
  const lines = fitted(whole, rows ? rows - 1 : Infinity).map((line) => cut(line, columns));
  // Home, each line cleared before it is written: behind a full one the cursor stands on its last character. Then the rest.
  return `${ESCAPE}[H${lines.map((line) => `${ESCAPE}[K${line}\n`).join('')}${ESCAPE}[J`;
}

function fitted(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, Math.max(0, most - 1));
  const left = lines.length - kept.length;
  return [...kept, `… ${left} more ${left === 1 ? 'line' : 'lines'}: enlarge the terminal or run without -w`];
}

/** What the operator says has a line of its own in a tree, which begins so. */
const SENTENCE = '│ ';

function folded(line: string, columns: number | undefined): string[] {
  if (!columns || !line.startsWith(SENTENCE)) return [line];
  return line.slice(SENTENCE.length).split(' ').reduce<string[]>((lines, word) => {
    const longer = `${lines.at(-1) ?? SENTENCE.trim()} ${word}`;
    return lines.length > 0 && longer.length <= columns ? [...lines.slice(0, -1), longer] : [...lines, `${SENTENCE}${word}`];
  }, []);
}

/** Colours have no width, and those behind the cut are kept: one of them may end what one before it began. */
function cut(line: string, columns: number | undefined): string {
  if (!columns || Array.from(stripVTControlCharacters(line)).length <= columns) return line;
  let left = columns - 1;
  const parts = line.split(COLOURS).map((part) => {
    if (COLOURS.test(part)) return part;
    const kept = Array.from(part).slice(0, left);
    left -= kept.length;
    return kept.join('');
  });
  return `${parts.join('')}…`;
}
