import { parseArgs } from 'node:util';

/** How long everything takes. */
export interface Plan {
  name: 'default' | 'quick' | 'smoke';
  /** Numbers of items. */
  sizes: number[];
  rounds: number;
  warmMs: number;
  forMs: number;
  /** Time for each batch size of the bare loop. */
  floorMs: number;
  /** Memory is read after the first and after the last of these many requests. */
  memoryRequests: [number, number];
}

const PLANS: Record<Plan['name'], Plan> = {
  default: { name: 'default', sizes: [10_000, 100_000], rounds: 3, warmMs: 1_000, forMs: 5_000, floorMs: 700, memoryRequests: [10_000, 1_000_000] },
  quick: { name: 'quick', sizes: [10_000, 100_000], rounds: 1, warmMs: 500, forMs: 2_000, floorMs: 200, memoryRequests: [10_000, 50_000] },
  smoke: { name: 'smoke', sizes: [1_000], rounds: 1, warmMs: 100, forMs: 300, floorMs: 20, memoryRequests: [100, 500] },
};

export const CONNECTIONS = [1, 16, 64];
/** More than any server here gets through at once: an overloaded one must refuse, not wait for connections. */
export const OVERLOAD_CONNECTIONS = 2_048;
export const OPEN_CONNECTIONS = 256;

export interface Options {
  plan: Plan;
  /** A Python with tools/setup/python/requirements-bench.txt; absent = FastAPI is left out. */
  python: string | undefined;
  /** Where a plot of the figures goes; absent = none is drawn. */
  plot: string | undefined;
  /** A Markdown page whose figures are replaced; absent = none is written. */
  page: string | undefined;
}

export const USAGE = `npm run bench:serving [-- OPTIONS]
  --quick               about 3 minutes: one short round, 50,000 requests for the memory figure
  --smoke               seconds: shows that the benchmark works, measures nothing
  --python FILE         Python that has tools/setup/python/requirements-bench.txt
  --plot FILE           draw the figures, SVG
  --page FILE           write the figures into a Markdown page, between its marks

The page of this repository is brought up to date by
  npm run bench:serving -- --plot docs/performance.svg --page docs/performance.md`;

/** @throws Error with a sentence, for unknown options */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      python: { type: 'string' },
      plot: { type: 'string' },
      page: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const plan = values.smoke ? PLANS.smoke : values.quick ? PLANS.quick : PLANS.default;
  return { plan, python: values.python, plot: values.plot, page: values.page };
}
