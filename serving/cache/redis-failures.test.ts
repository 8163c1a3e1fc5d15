import { describe, expect, it } from '@jest/globals';
import { failsForOneKey, sentenceOf } from './redis-failures.ts';

const withCode = (code: string) => Object.assign(new Error(''), { code });

describe('a failure of Redis', () => {
  it.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', /REDIS_PASSWORD/],
    ['NOAUTH Authentication required.', /REDIS_PASSWORD/],
    ['ERR AUTH <password> called without any password configured for the default user.', /REDIS_PASSWORD/],
    ["NOPERM User app has no permissions to run the 'getrange' command", /allow GETRANGE/],
    ["OOM command not allowed when used memory > 'maxmemory'.", /allkeys-lru/],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', /replaces it/],
    ['no answer within 20 ms', /no answer within 20 ms/],
  ])('%s becomes a sentence', (message, sentence) => {
    expect(sentenceOf(new Error(message))).toMatch(sentence);
  });

  it('is named by its code where the error says nothing else', () => {
    expect(sentenceOf(withCode('ECONNREFUSED'))).toMatch(/ECONNREFUSED/);
    expect(sentenceOf(new Error(''))).toMatch(/the connection failed/);
  });

  it('that concerns one key is no reason to stop asking', () => {
    expect(failsForOneKey(new Error('WRONGTYPE Operation'))).toBe(true);
    expect(failsForOneKey(new Error('OOM command not allowed'))).toBe(true);
    expect(failsForOneKey(new Error('NOAUTH Authentication required.'))).toBe(false);
    expect(failsForOneKey(withCode('ECONNRESET'))).toBe(false);
  });
});
