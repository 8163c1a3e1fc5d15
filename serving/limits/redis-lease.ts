import type { RateLimitConfig } from '../config/protection.ts';
import type { TakeLease } from './shared-budgets.ts';

/**
 * One token bucket a caller, by the clock of Redis: gives up to ARGV[3] requests and says after how many milliseconds
 * the next one is there. What is no bucket becomes a full one, whatever somebody has written there.
 * KEYS[1] the bucket; ARGV: requests a second, burst, wanted.
 */
const SCRIPT = `
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kept = redis.pcall('HMGET', KEYS[1], 'tokens', 'at')
if kept.err then
  redis.call('DEL', KEYS[1])
  kept = {}
end
local tokens = tonumber(kept[1]) or burst
local elapsed = math.max(0, now - (tonumber(kept[2]) or now))
tokens = math.max(0, math.min(burst, tokens + elapsed * rate / 1000))
local granted = math.min(wanted, math.floor(tokens))
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return {granted, math.ceil(math.max(0, 1 - tokens) / rate * 1000)}
`;

/** The one command that is needed here; it rejects soon when Redis is dead or slow. */
export interface ScriptRunner {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** @param scope whose callers, e.g. `shop:books` */
export function createRedisLease(redis: ScriptRunner, scope: string, { requestsPerSecond, burst }: RateLimitConfig): TakeLease {
  return async (caller, wanted) => {
    const keys = [`recommender:${scope}:limit:${caller}`];
    const answer = await redis.eval(SCRIPT, { keys, arguments: [requestsPerSecond, burst, wanted].map(String) });
    const [granted, waitMs] = Array.isArray(answer) ? answer.map(Number) : [];
    if (!isCount(granted) || granted > wanted || !isCount(waitMs)) throw new Error('Redis gave no lease');
    return { granted, waitMs };
  };
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}
