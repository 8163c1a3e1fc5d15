import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { paintFor } from './paint.ts';
import { drawing } from './screen.ts';

const TREE = ['shop/books  Canary', '│ 2.0.0 at 10% of users.', '├─ champion   1.0.0', '├─ candidate  2.0.0', '└─ verdicts'].join('\n');

/** The lines that somebody sees; behind the last one stands the cursor. */
const seen = (...args: Parameters<typeof drawing>) => stripVTControlCharacters(drawing(...args)).split('\n');

describe('a picture that is drawn anew', () => {
  it('is whole where there is room, with a line for the cursor', () => {
    expect(seen(TREE, { rows: 6, columns: 80 })).toEqual([...TREE.split('\n'), '']);
  });

  it('keeps its head where the terminal is too low, and says how much is left out', () => {
    const lines = seen(TREE, { rows: 5, columns: 80 });
    expect(lines).toEqual(['shop/books  Canary', '│ 2.0.0 at 10% of users.', '├─ champion   1.0.0', '… 2 more lines: enlarge the terminal or run without -w', '']);
    for (const rows of [2, 3, 4]) expect(seen(TREE, { rows, columns: 80 })).toHaveLength(rows);
  });

  it('has no line that the terminal would break into two', () => {
    expect(seen(TREE, { rows: 7, columns: 18 })).toEqual(['shop/books  Canary', '│ 2.0.0 at 10% of', '│ users.', '├─ champion   1.0…', '├─ candidate  2.0…', '└─ verdicts', '']);
    expect(seen(TREE, { rows: 4, columns: 18 }).at(-2)).toBe('… 4 more lines: e…');
  });

  it('ends the colour of what is cut', () => {
    const paint = paintFor({ isTTY: true }, {});
    const line = `${paint('bold', 'shop')}  ${paint('green', 'Healthy')}`;
    expect(drawing(line, { columns: 13 })).toContain(line);
    expect(drawing(line, { columns: 9 })).toContain(`${paint('bold', 'shop')}  ${paint('green', 'He')}…`);
  });

  it('is whole where the terminal does not tell its size', () => {
    expect(seen(TREE, {})).toEqual([...TREE.split('\n'), '']);
    expect(seen(TREE, { rows: 0, columns: 0 })).toEqual([...TREE.split('\n'), '']);
  });
});
