import { env } from 'node:process';
import { text } from 'node:stream/consumers';
import type { InferenceSession } from 'onnxruntime-node';

// Set before the library starts, and so before it is imported, it keeps onnxruntime from reporting usage to its maker.
env['ORT_DISABLE_TELEMETRY'] = '1';
const ort = await import('onnxruntime-node');

/** One graph to run: for each user number on its own, so that one user's failure is not another's. */
export interface GraphRun {
  file: string;
  users: number[];
}

/** By user, in the order asked. */
export type GraphAnswer = { items: number[]; scores: number[] } | { error: string };

async function run({ file, users }: GraphRun): Promise<GraphAnswer[]> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
  const answers: GraphAnswer[] = [];
  for (const user of users) answers.push(await answer(session, user));
  return answers;
}

async function answer(session: InferenceSession, user: number): Promise<GraphAnswer> {
  try {
    const { items, scores } = await session.run({ user: new ort.Tensor('int64', BigInt64Array.of(BigInt(user)), [1]) });
    return { items: Array.from(items!.data as BigInt64Array, Number), scores: Array.from(scores!.data as Float32Array) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** `node run-graph.ts`: a JSON array of runs on stdin, their answers on stdout. A process of its own for the runtime. */
const runs = JSON.parse(await text(process.stdin)) as GraphRun[];
const answers: GraphAnswer[][] = [];
for (const each of runs) answers.push(await run(each));
process.stdout.write(JSON.stringify(answers));
