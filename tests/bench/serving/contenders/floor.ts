/**
 * The floor: onnxruntime alone, in a loop, for batches of 1 to 64 users. Prints one JSON object: batch size →
 * microseconds a user.
 */
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

import { seededRandom } from '../random.ts';
import { SESSION_OPTIONS } from './read-bundle.ts';

const BATCHES = [1, 2, 4, 8, 16, 32, 64];
const [dir = '', users = '', milliseconds = ''] = process.argv.slice(2);
const random = seededRandom(1);
const session = await InferenceSession.create(join(dir, 'model.onnx'), SESSION_OPTIONS);

async function runsWithin(batch: number, ms: number): Promise<number> {
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < ms) {
    const asked = BigInt64Array.from({ length: batch }, () => BigInt(Math.floor(random() * Number(users))));
    await session.run({ user: new Tensor('int64', asked, [batch]) });
    runs += 1;
  }
  return ((performance.now() - started) * 1000) / (runs * batch);
}

const perUser: Record<string, number> = {};
for (const batch of BATCHES) {
  await runsWithin(batch, Number(milliseconds) / 5);
  perUser[batch] = await runsWithin(batch, Number(milliseconds));
}
process.stdout.write(`${JSON.stringify(perUser)}\n`);
process.exit(0);
