/** Redis is not to be asked now, or did not answer. */
export class Unavailable extends Error {}

/** These say nothing about the next command. */
const ONE_KEY = /^(WRONGTYPE|OOM|NOSCRIPT)\b/;

/** Whether Redis is well and only this command, or this key, is not. */
export function failsForOneKey(error: unknown): boolean {
  return error instanceof Error && ONE_KEY.test(error.message);
}

/** What is wrong and what to do, without anything secret. */
export function sentenceOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const text = message ?? '';
  const away = 'Answers are computed without the cache until it is back.';
  if (/^(WRONGPASS|NOAUTH|ERR .*(AUTH|password))/i.test(text)) {
    return `Redis rejects the user name or password: check REDIS_USERNAME and REDIS_PASSWORD. ${away}`;
  }
  if (text.startsWith('NOPERM')) return `The Redis user lacks a permission: allow GETRANGE, SET and EVAL. ${away}`;
  if (text.startsWith('OOM')) return 'Redis is out of memory: give it more, or set an eviction policy such as allkeys-lru.';
  if (text.startsWith('WRONGTYPE')) return 'Redis holds another type of value under the key of an answer; the answer replaces it.';
  return `Redis is unavailable: ${typeof code === 'string' ? code : text.split('\n', 1)[0] || 'the connection failed'}. ${away}`;
}
