import { type Options, parseOptions, USAGE, UsageError } from './args.ts';
import { cleanUp, type Cleanup, cleanupOf, showState } from './cleanup.ts';
import { type DemoEnvironment, type Made, prepareEnvironment } from './demoEnvironment.ts';
import { DemoFailure, Stopped } from './failure.ts';
import { resultLine, type ResultLine, sentence } from './format.ts';
import { interruption } from './interruption.ts';
import { showNextSteps, suggestions } from './nextSteps.ts';
import { createOutput, type Output, screenOf } from './output.ts';
import { type DemoRun, introductionOf, runDemo } from './run.ts';

const screen = screenOf(process.stdout, process.env);
const output = createOutput(screen);
const seconds = (): number => Math.round(screen.elapsed() / 1000);

/** @returns the exit code */
async function demo(options: Options): Promise<number> {
  const made: Made = { localCluster: false };
  const stopped = interruption();
  let environment: DemoEnvironment | undefined;
  output.open(introductionOf(options.strategy));
  try {
    environment = await Promise.race([prepareEnvironment(options, output, made), stopped]);
    const run = await Promise.race([runDemo(environment, options.strategy, output), stopped]);
    const last: ResultLine = { demo: 'ok', strategy: options.strategy, seconds: seconds(), ...run.result };
    await end(options, made, run);
    output.raw(resultLine(last));
    return 0;
  } catch (error) {
    return await fail(error as Error, options, made, environment);
  }
}

async function end(options: Options, made: Made, run: DemoRun): Promise<void> {
  const cleanup = cleanupOf(options, made, screen.terminal);
  if (cleanup === 'Keep') showNextSteps(suggestions(options.where, options.namespace, run.release('4.0.0')), output);
  else await cleanUp(cleanup, options, output);
}

async function fail(error: Error, options: Options, made: Made, environment: DemoEnvironment | undefined): Promise<number> {
  const reason = sentence(error.message);
  const interrupted = error instanceof Stopped;
  output.section(interrupted ? 'Stopped' : 'The demo failed');
  output.say(reason, interrupted ? 'plain' : 'bad');
  if (process.env['DEBUG']) console.error(error);
  const last: ResultLine = { demo: 'failed', seconds: seconds(), reason };
  const cleanup = cleanupOf(options, made, screen.terminal);
  if (!interrupted && cleanup === 'Keep') showWhereToLook(error, output);
  if (!interrupted && cleanup !== 'Keep' && environment) await showState(environment.cluster, options.namespace, output);
  // What still runs in the background must not create anew what is removed now.
  await environment?.cluster.close();
  if (environment || made.localCluster) await leave(cleanup, options, interrupted);
  output.raw(resultLine(last));
  return interrupted ? error.exitCode : 1;
}

async function leave(cleanup: Cleanup, options: Options, interrupted: boolean): Promise<void> {
  if (cleanup === 'Keep' && interrupted) {
    const local = options.where.cluster === 'Local' ? ', and “npm run cluster -- down” removes the cluster' : '';
    output.say(`Everything that was created stays. The next run of the demo starts from scratch${local}.`);
  }
  await cleanUp(cleanup, options, output).catch((error: unknown) => output.say(sentence((error as Error).message), 'bad'));
}

function showWhereToLook(error: Error, { say, show }: Output): void {
  const look = error instanceof DemoFailure ? error.look : [];
  if (look.length === 0) return;
  say('What to look at:');
  show(look.join('\n'), 'command');
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  process.exit(options.help ? 0 : await demo(options));
} catch (error) {
  console.error(error instanceof UsageError && !process.env['DEBUG'] ? error.message : error);
  process.exit(2);
}
