import { jest } from '@jest/globals';
import { run } from '../program.ts';
import type { Run } from './recommender.ts';

/** Runs a command line in this process: the whole program, without the time a process takes to start. One at a time. */
export async function runHere(...args: string[]): Promise<Run> {
  const written = { log: '', error: '' };
  const spies = (['log', 'error'] as const).map((stream) =>
    jest.spyOn(console, stream).mockImplementation((...words) => {
      written[stream] += `${words.map(String).join(' ')}\n`;
    }));
  try {
    return { code: await run(args), stdout: written.log, stderr: written.error };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
