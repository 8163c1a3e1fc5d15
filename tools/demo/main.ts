import { parseOptions, USAGE, UsageError, type Options } from './args.ts';
import { cleanUp, endingOf, tellState, type Ending } from './ending.ts';
import { DemoFailure, Stopped } from './failure.ts';
import { interruption } from './interruption.ts';
import { suggestions, tellNext } from './next.ts';
import { prepareStage, type Made, type Stage } from './stage.ts';
import { introductionOf, tellStory, type Told } from './story.ts';
import { createTeller, screenOf, type Teller } from './tell.ts';
import { lastLine, sentence, type LastWords } from './words.ts';

const screen = screenOf(process.stdout, process.env);
const tell = createTeller(screen);
const seconds = (): number => Math.round(screen.elapsed() / 1000);

/** @returns the exit code */
async function demo(options: Options): Promise<number> {
  const made: Made = { localCluster: false };
  const stopped = interruption();
  let stage: Stage | undefined;
  tell.open(introductionOf(options.strategy));
  try {
    stage = await Promise.race([prepareStage(options, tell, made), stopped]);
    const told = await Promise.race([tellStory(stage, options.strategy, tell), stopped]);
    const last: LastWords = { demo: 'ok', strategy: options.strategy, seconds: seconds(), ...told.outcome };
    await end(options, made, told);
    tell.raw(lastLine(last));
    return 0;
  } catch (error) {
    return await fail(error as Error, options, made, stage);
  }
}

async function end(options: Options, made: Made, told: Told): Promise<void> {
  const ending = endingOf(options, made, screen.terminal);
  if (ending === 'Keep') tellNext(suggestions(options.where, options.namespace, told.release('4.0.0')), tell);
  else await cleanUp(ending, options, tell);
}

async function fail(error: Error, options: Options, made: Made, stage: Stage | undefined): Promise<number> {
  const reason = sentence(error.message);
  const interrupted = error instanceof Stopped;
  tell.chapter(interrupted ? 'Stopped' : 'This went wrong');
  tell.say(reason, interrupted ? 'plain' : 'bad');
  if (process.env['DEBUG']) console.error(error);
  const last: LastWords = { demo: 'failed', seconds: seconds(), reason };
  const ending = endingOf(options, made, screen.terminal);
  if (!interrupted && ending === 'Keep') tellWhereToLook(error, tell);
  if (!interrupted && ending !== 'Keep' && stage) await tellState(stage.cluster, options.namespace, tell);
  // What the story still does in the background must not make anew what is removed now.
  await stage?.cluster.close();
  if (stage || made.localCluster) await leave(ending, options, interrupted);
  tell.raw(lastLine(last));
  return interrupted ? error.exitCode : 1;
}

async function leave(ending: Ending, options: Options, interrupted: boolean): Promise<void> {
  if (ending === 'Keep' && interrupted) {
    const local = options.where.cluster === 'Local' ? ', and “npm run cluster -- down” removes the cluster' : '';
    tell.say(`What was made stays. The next run of the demo starts anew${local}.`);
  }
  await cleanUp(ending, options, tell).catch((error: unknown) => tell.say(sentence((error as Error).message), 'bad'));
}

function tellWhereToLook(error: Error, { say, show }: Teller): void {
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
