#!/usr/bin/env node
/** The command line: `npx recommender …` and `kubectl recommender …`. */
import { enableCompileCache } from 'node:module';

// People wait for these commands, and a third of the wait is compilation. Imports that come first are not cached.
enableCompileCache();
const { isBundle, run } = await import('./program.ts');

const args = process.argv.slice(2);
const exitCode = await run(args);
await new Promise<void>((done) => process.stdout.write('', () => done()));
// An idle inference worker or a kept-alive connection would keep the process running.
if (isBundle(args)) (await import('../../serving/end-now.ts')).endNow(exitCode);
process.exit(exitCode);
