import { describe, expect, it } from '@jest/globals';
import { clock, createOutput, cut, type Screen, screenOf, wrap } from './output.ts';

function heard(screen: Partial<Screen> = {}) {
  let text = '';
  const output = createOutput({ write: (more) => (text += more), terminal: false, colours: false, width: 40, elapsed: () => 7300, ...screen });
  return { output, text: () => text };
}

describe('in a pipe', () => {
  it('puts the seconds in front and breaks at words', () => {
    const { output, text } = heard();
    output.section('Readers come');
    output.say('Thirty readers a second ask for books and click.');
    expect(text()).toBe('\nReaders come\n   7 s  Thirty readers a second ask for\n        books and click.\n');
  });

  it('keeps the form of tables and cuts what is too long', () => {
    const { output, text } = heard();
    output.show('NAME    STAGE\nbooks   Champion because it kept everything\n');
    expect(text()).toBe('        NAME    STAGE\n        books   Champion because it kep…\n');
  });

  it('has neither glances nor control characters', () => {
    const { output, text } = heard();
    output.glance('12 of 40 requests');
    output.say('Done.', 'good');
    expect(text()).toBe('   7 s  Done.\n');
  });
});

describe('on a terminal', () => {
  it('writes over a glance', () => {
    const { output, text } = heard({ terminal: true });
    output.glance('12 of 40 requests');
    output.glance('13 of 40 requests');
    output.say('Done.');
    expect(text()).toBe('\r\x1b[2K   7 s  12 of 40 requests\r\x1b[2K   7 s  13 of 40 requests\r\x1b[2K   7 s  Done.\n');
  });

  it('colours', () => {
    const { output, text } = heard({ terminal: true, colours: true });
    output.say('Done.', 'good');
    expect(text()).toContain('\x1b[32mDone.\x1b[39m');
  });

  it('does not colour where NO_COLOR asks for it', () => {
    const stdout = { isTTY: true, columns: 200, write: () => true } as unknown as NodeJS.WriteStream;
    expect(screenOf(stdout, {})).toMatchObject({ terminal: true, colours: true, width: 120 });
    expect(screenOf(stdout, { NO_COLOR: '1' })).toMatchObject({ terminal: true, colours: false });
    expect(screenOf(stdout, { TERM: 'dumb' })).toMatchObject({ terminal: false, colours: false });
  });
});

describe('text', () => {
  it('wraps, leaving long words whole', () => {
    expect(wrap('see sha256:0123456789abcdef in the log', 10)).toEqual(['see', 'sha256:0123456789abcdef', 'in the log']);
  });

  it('cuts', () => {
    expect([cut('books', 5), cut('readers', 5)]).toEqual(['books', 'read…']);
  });

  it('shows seconds', () => {
    expect([clock(400), clock(12_600), clock(123_000)]).toEqual(['   0 s', '  13 s', ' 123 s']);
  });
});
