import { once } from 'node:events';
import { parseArgs } from 'node:util';

import { buildAll, metricTable, type Built } from './build.ts';
import { generateWorld } from './generate.ts';
import { createStore } from './store.ts';
import { runTraffic } from './traffic/run.ts';
import { readTrafficSettings } from './traffic/settings.ts';

const USAGE = `Usage: node examples/books/main.ts COMMAND

  build DIR                 train all versions, write their bundles and index.json to DIR, print the index
  serve [--dir DIR] [--port PORT]
                            the same, then serve DIR over HTTP; /healthz answers 200 once the bundles exist
                            (environment: BUNDLES_DIR, default /tmp/bundles; PORT, default 8000)
  traffic [--target URL …]  simulated readers; \`traffic --help\` lists the settings`;

const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

async function build(dir: string): Promise<Built> {
  const started = performance.now();
  log('generating readers, books and readings');
  const world = generateWorld();
  const built = await buildAll(dir, world, log);
  log(`${built.index.length} versions in ${dir} after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return built;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new Error(`PORT must be a TCP port, 0 to 65535, not "${text}".`);
}

async function serve(args: string[]) {
  const { values } = parseArgs({ args, options: { dir: { type: 'string' }, port: { type: 'string' } } });
  const dir = values.dir ?? process.env.BUNDLES_DIR ?? '/tmp/bundles';
  const store = createStore(dir, log);
  store.server.listen(portNumber(values.port ?? process.env.PORT ?? '8000'));
  await once(store.server, 'listening');
  const stop = () => store.server.close();
  process.once('SIGTERM', stop).once('SIGINT', stop);
  process.stdout.write(`${metricTable(await build(dir))}\n`);
  store.open();
  log(`serving ${dir} on ${JSON.stringify(store.server.address())}`);
}

async function main([command, ...args]: string[]) {
  if (command === 'build' && args.length === 1) {
    const built = await build(args[0]!);
    process.stderr.write(`${metricTable(built)}\n`);
    process.stdout.write(`${JSON.stringify(built.index, null, 2)}\n`);
  } else if (command === 'serve') await serve(args);
  else if (command === 'traffic') await runTraffic(readTrafficSettings(args, process.env), log);
  else throw new Error(USAGE);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
