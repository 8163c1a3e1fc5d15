/** An attempt to send: for whom, to whom. */
interface Job {
  model: string;
  /** Its host, as far as that is known. */
  receiver: string;
  /** Does not throw. */
  run: () => Promise<void>;
}

/** Attempts in flight: over all models, and to one receiver, which may take its full time for each. */
const IN_FLIGHT = 8;
const TO_ONE = 2;

/**
 * Lets jobs take turns: next is the one whose model has the fewest in flight, so that a dead receiver does not hold up the
 * notices of other models.
 */
export function createTurns(): { add: (job: Job) => void; stop: () => void } {
  const waiting: Job[] = [];
  const underWay = new Set<Job>();
  let stopped = false;

  const next = (): void => {
    while (!stopped && underWay.size < IN_FLIGHT) {
      const job = fairest(waiting, [...underWay]);
      if (!job) return;
      waiting.splice(waiting.indexOf(job), 1);
      underWay.add(job);
      void job.run().finally(() => {
        underWay.delete(job);
        next();
      });
    }
  };

  return {
    add: (job) => {
      waiting.push(job);
      next();
    },
    stop: () => {
      stopped = true;
    },
  };
}

function fairest(waiting: readonly Job[], underWay: readonly Job[]): Job | undefined {
  const ofModel = ({ model }: Job): number => underWay.filter((each) => each.model === model).length;
  const open = waiting.filter(({ receiver }) => underWay.filter((each) => each.receiver === receiver).length < TO_ONE);
  return open.reduce<Job | undefined>((best, each) => (best && ofModel(best) <= ofModel(each) ? best : each), undefined);
}
