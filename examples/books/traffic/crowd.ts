import type { Random } from '../random.ts';
import type { Account } from './account.ts';
import type { Caller } from './client.ts';
import type { Readers } from './readers.ts';
import { visit } from './visit.ts';

/** Readers that come and go. */
interface Crowd {
  /** One more visit, unless too many are under way. */
  arrive(): void;
  /** Resolves when nobody is being served. */
  settled(): Promise<void>;
}

interface Options {
  readers: Readers;
  caller: Caller;
  account: Account;
  concurrency: number;
  draw: Random;
}

export function createCrowd({ readers, caller, account, concurrency, draw }: Options): Crowd {
  const busy = new Set<string>();
  const underWay = new Set<Promise<void>>();

  /** Somebody who is not being served: the calls of one user never overlap, so their answers have an order. */
  const pickIdle = (): string | undefined => {
    for (let tries = 0; tries < 20; tries++) {
      const id = readers.ids[draw.integer(readers.ids.length)]!;
      if (!busy.has(id)) return id;
    }
    return undefined;
  };

  return {
    arrive() {
      const user = underWay.size < concurrency ? pickIdle() : undefined;
      if (user === undefined) return account.ledger().skipped();
      busy.add(user);
      const { failed: onFailure, switched: onSwitch } = account;
      const served = visit(user, { caller, readers, draw, ledger: account.ledger(), onFailure, onSwitch }).finally(() => {
        busy.delete(user);
        underWay.delete(served);
      });
      underWay.add(served);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}
