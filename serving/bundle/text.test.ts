import { describe, expect, it } from '@jest/globals';
import { BundleFailure } from './failure.ts';
import { decodeText } from './text.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the text of a file', () => {
  it('is read as UTF-8', () => {
    expect(decodeText(Buffer.from('{"id":"café"}\n'), 'items.jsonl')).toBe('{"id":"café"}\n');
    expect(decodeText(Buffer.alloc(0), 'items.jsonl')).toBe('');
  });

  it('has no byte order mark, which Excel and PowerShell put in front', () => {
    expect(decodeText(Buffer.from('\ufeff["u0"]'), 'users.json')).toBe('["u0"]');
  });

  it.each<[string, Buffer, string]>([
    ['cp1252, as open() wrote on Windows', latin1('a\nb\n\n{"id":"café"}\n'), 'items.jsonl is not UTF-8 (line 4): save it as UTF-8'],
    ['cp1252 in the last line', latin1('a\nb José'), 'items.jsonl is not UTF-8 (line 2)'],
    ['half a character, of a file that was cut off', Buffer.from('a\né').subarray(0, 3), 'items.jsonl is not UTF-8 (line 2)'],
    ['UTF-16 of PowerShell 5', Buffer.from('\ufeff{"id":"a"}', 'utf16le'), 'items.jsonl is UTF-16, not UTF-8: save it as UTF-8'],
    ['UTF-16 from the other end', bigEndian('\ufeff{"id":"a"}'), 'items.jsonl is UTF-16'],
    ['UTF-16 without its mark', Buffer.from('{"id":"a"}', 'utf16le'), 'items.jsonl is UTF-16'],
    ['UTF-16 from the other end, without its mark', bigEndian('{"id":"a"}'), 'items.jsonl is UTF-16'],
  ])('is refused as %s', (_what, bytes, sentence) => {
    const decode = () => decodeText(bytes, 'items.jsonl');
    expect(decode).toThrow(sentence);
    expect(decode).toThrow(BundleFailure);
  });

  it('of a manifest is refused as one', () => {
    expect(() => decodeText(latin1('lineage: {author: José}'), 'bundle.yaml')).toThrow(expect.objectContaining({ reason: 'ManifestInvalid' }));
  });
});
