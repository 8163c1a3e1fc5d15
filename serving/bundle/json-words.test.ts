import { describe, expect, it } from '@jest/globals';
import { whyNotJson } from './json-words.ts';

function why(text: string): string {
  try {
    JSON.parse(text);
    return 'it is JSON';
  } catch (error) {
    return whyNotJson(text, error);
  }
}

describe('why a text is no JSON', () => {
  it.each<[string, string, string]>([
    ['NaN of json.dumps', '{"id":"i3","price":NaN}', "unexpected token 'N'; NaN and Infinity are not JSON: write null"],
    ['-Infinity of json.dumps', '{"id":"i3","price":-Infinity}', 'NaN and Infinity are not JSON'],
    ['a dictionary that Python printed', "{'id': 'i3', 'price': None}", 'strings have double quotes: write it with json.dumps'],
    ['None between double quotes', '{"id":"i3","price":None}', "Python's None, True and False are null, true and false"],
    ['an object over several lines', '{', "expected property name or '}' in JSON at position 1"],
    ['a list that is cut off', '["i0"', "expected ',' or ']' after array element"],
    ['nothing', '', 'unexpected end of JSON input'],
  ])('is told of %s', (_what, text, words) => {
    expect(why(text)).toContain(words);
  });

  it('is told without what stands there, which may name a user', () => {
    expect(why('["ada","grace",oops]')).not.toMatch(/ada|grace/);
  });

  it('does not blame a word of a title', () => {
    expect(why('{"id":"i3","title":"NaN \\" None"')).toBe("expected ',' or '}' after property value in JSON at position 32 (line 1 column 33)");
  });
});
