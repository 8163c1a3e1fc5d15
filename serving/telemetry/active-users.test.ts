import { describe, expect, it } from '@jest/globals';
import { createActiveUsers } from './active-users.ts';

const MINUTE = 60_000;

describe('active users', () => {
  it('are counted once each, for five minutes after they were last seen', () => {
    const clock = { now: 0 };
    const users = createActiveUsers(() => clock.now);
    users.seen('ann');
    users.seen('bob');
    users.seen('ann');
    expect(users.count()).toBe(2);
    clock.now = 4 * MINUTE;
    users.seen('ann');
    clock.now = 6 * MINUTE;
    expect(users.count()).toBe(1);
    clock.now = 10 * MINUTE;
    expect(users.count()).toBe(0);
  });

  it('take bounded memory', () => {
    const users = createActiveUsers(() => 0);
    for (let index = 0; index < 200_100; index += 1) users.seen(String(index));
    expect(users.count()).toBe(200_000);
  });
});
