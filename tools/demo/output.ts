import { styleText } from 'node:util';

type Tone = 'plain' | 'quiet' | 'good' | 'bad' | 'command';

/** Where the output goes: a terminal or a pipe. */
export interface Screen {
  write: (text: string) => void;
  /** A line can be written over. */
  terminal: boolean;
  colours: boolean;
  /** Columns. */
  width: number;
  /** Milliseconds since the start. */
  elapsed: () => number;
}

export interface Output {
  section: (title: string) => void;
  /** Prose, with the time in front, broken at words. */
  say: (text: string, tone?: Tone) => void;
  /** Lines that keep their form, such as a table or a command's output; too long ones are cut. */
  show: (text: string, tone?: Tone) => void;
  /** Progress: on a terminal the last line, until something else is printed. In a pipe nothing. */
  glance: (text: string) => void;
  /** Runs the work; when it takes long, gives a sign of life. */
  during: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** Prose from the first column on. */
  open: (text: string) => void;
  /** As it is. */
  raw: (text: string) => void;
}

const MARGIN = ' '.repeat(8);
const STYLES = { plain: undefined, quiet: 'dim', good: 'green', bad: 'red', command: 'cyan' } as const;
const SIGN_OF_LIFE_MS = { terminal: 1000, pipe: 20_000 };

export function createOutput({ write, terminal, colours, width, elapsed }: Screen): Output {
  let glanced = '';
  const paint = (text: string, format: (typeof STYLES)[Tone] | 'bold'): string =>
    colours && format ? styleText(format, text, { validateStream: false }) : text;
  const put = (text: string): void => {
    write(glanced ? `\r\x1b[2K${text}\n` : `${text}\n`);
    glanced = '';
  };
  const stamp = (): string => paint(clock(elapsed()).padEnd(MARGIN.length), 'dim');
  const say: Output['say'] = (text, tone = 'plain') => {
    const [first = '', ...rest] = wrap(text, width - MARGIN.length);
    put(stamp() + paint(first, STYLES[tone]));
    for (const line of rest) put(MARGIN + paint(line, STYLES[tone]));
  };
  const glance: Output['glance'] = (text) => {
    if (!terminal) return;
    const line = stamp() + paint(cut(text, width - MARGIN.length - 1), 'dim');
    if (line !== glanced) write(`\r\x1b[2K${line}`);
    glanced = line;
  };
  const signOfLife = (what: string): void => {
    if (terminal) glance(`${what} …`);
    else say(`${what} …`, 'quiet');
  };
  return {
    section: (title) => put(`\n${paint(title, 'bold')}`),
    say,
    show: (text, tone = 'plain') => {
      for (const line of text.trimEnd().split('\n')) put((line.trim() && MARGIN) + paint(cut(line.trimEnd(), width - MARGIN.length), STYLES[tone]));
    },
    glance,
    during: async (what, work) => {
      const beat = setInterval(() => signOfLife(what), terminal ? SIGN_OF_LIFE_MS.terminal : SIGN_OF_LIFE_MS.pipe);
      try {
        return await work;
      } finally {
        clearInterval(beat);
      }
    },
    open: (text) => put(wrap(text, width).join('\n')),
    raw: put,
  };
}

/** The screen of this process. Colours only for people: a terminal, and NO_COLOR neither set nor TERM=dumb. */
export function screenOf(stdout: NodeJS.WriteStream, env: Record<string, string | undefined>): Screen {
  const terminal = stdout.isTTY && env['TERM'] !== 'dumb';
  const start = performance.now();
  return {
    write: (text) => void stdout.write(text),
    terminal,
    colours: terminal && !env['NO_COLOR'],
    width: Math.min(Math.max(stdout.columns || 120, 60), 120),
    elapsed: () => performance.now() - start,
  };
}

/** Seconds, right-aligned: `   7 s`. */
export const clock = (ms: number): string => `${String(Math.round(ms / 1000)).padStart(4)} s`;

/** Breaks text at spaces into lines of at most `width`; a longer word keeps its line to itself. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** At most `width` characters, the last of them `…` where something is missing. */
export const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
