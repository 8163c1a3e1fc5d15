/**
 * What a careful Node user writes: Express, one session of one thread, one run a request. With a third argument the
 * session has onnxruntime's defaults, as many threads as the machine has cores.
 */
import express from 'express';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

import { readRows, SESSION_OPTIONS } from './read-bundle.ts';

const [port = '', dir = '', defaults] = process.argv.slice(2);
const { users, items } = readRows(dir);
const session = await InferenceSession.create(join(dir, 'model.onnx'), defaults === undefined ? SESSION_OPTIONS : {});

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());
app.post('/recommend', async (request, response) => {
  const { user_id: id, k = 10 } = request.body as { user_id: string; k?: number };
  const user = users.get(id);
  if (user === undefined) return void response.status(404).json({ detail: 'unknown user' });
  const outputs = await session.run({ user: new Tensor('int64', BigInt64Array.of(BigInt(user)), [1]) });
  const rows = Array.from(outputs['items']!.data as BigInt64Array, Number).slice(0, k);
  const scores = outputs['scores']!.data as Float32Array;
  const ranked = rows.map((row, place) => ({ ...items[row], score: scores[place] }));
  response.json({ model: 'bench', version: '1.0.0', items: ranked, fallback: false });
});
app.listen(Number(port), '127.0.0.1');
