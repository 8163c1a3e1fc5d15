/** Answers of a model as a caller in the cluster sees them. */
export interface Prober {
  failures: string[];
  requests: () => number;
  /** Milliseconds since the epoch at which an answer of another version came last, and how many answers came since. */
  lastOther: (version: string) => { at: number; since: number };
  stop: () => Promise<void>;
}

const READERS = 500;

/** Asks for the lists of many users, `rate` times a second, whether or not earlier answers came. */
export function startProber(origin: string, rate: number): Prober {
  const answers: { at: number; version: string }[] = [];
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  let asked = 0;
  const ask = async (user: number): Promise<void> => {
    try {
      const answer = await fetch(`${origin}/recommend`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_id: `reader-${String(user).padStart(4, '0')}`, k: 5 }),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.status !== 200) throw new Error(`status ${String(answer.status)}`);
      answers.push({ at: Date.now(), version: ((await answer.json()) as { version: string }).version });
    } catch (error) {
      failures.push(error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error));
    }
  };
  const timer = setInterval(() => {
    const one = ask(asked++ % READERS).finally(() => pending.delete(one));
    pending.add(one);
  }, 1000 / rate);
  return {
    failures,
    requests: () => asked,
    lastOther: (version) => {
      const index = answers.findLastIndex((each) => each.version !== version);
      return { at: answers[index]?.at ?? 0, since: answers.length - 1 - index };
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
    },
  };
}
