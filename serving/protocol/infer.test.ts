import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { problemOf } from '../common/problems.ts';
import type { GraphInfo, RawTensor } from '../scoring/tensors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { eventually } from '../testing/http.ts';
import { seriesValue } from '../testing/series.ts';
import { createInfer } from './infer.ts';

const GRAPH: GraphInfo = { inputs: [{ name: 'x', type: 'uint8', shape: [1] }], outputs: [{ name: 'y', type: 'uint8', shape: ['n'] }] };
const BODY = JSON.stringify({ parameters: { binary_data_output: true }, inputs: [{ name: 'x', datatype: 'UINT8', shape: [1], data: [1] }] });

const opened: (() => void)[] = [];
afterEach(() => opened.splice(0).forEach((close) => close()));

/** A server whose answers have so many bytes. */
async function serve(bytes: number, deliverWithinMs: number) {
  const metrics = createMetrics({ model_namespace: 'ns', model: 'm', version: '1.0.0' });
  const answer: RawTensor = { name: 'y', type: 'uint8', shape: [bytes], data: new Uint8Array(bytes) };
  const model = { describe: () => GRAPH, infer: () => Promise.resolve([answer]) };
  const infer = createInfer({ config: { model: 'm', version: '1.0.0' }, state: { model }, metrics, admission: { check: () => undefined } }, deliverWithinMs);
  const server = createServer((request, response) => {
    infer(request, response).catch((error: unknown) => response.writeHead(problemOf(error).status).end());
  });
  opened.push(() => void server.close());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const counted = async (outcome: string) => seriesValue(await metrics.text(), 'recommendation_inference_requests_total', { outcome }) ?? 0;
  const ask = async (body = BODY) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
    return { status: response.status, bytes: (await response.arrayBuffer()).byteLength };
  };
  /** Asks, and never reads a byte. */
  function askAndLeave(): void {
    const socket = connect(port, '127.0.0.1', () => socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`));
    socket.pause();
    socket.on('error', () => undefined);
    opened.push(() => void socket.destroy());
  }
  return { ask, askAndLeave, counted };
}

describe('answers that nobody reads', () => {
  const LARGE = 31 * 1024 * 1024;

  it('fill the memory set aside for them, not more, and are given up after a while', async () => {
    const { ask, askAndLeave, counted } = await serve(LARGE, 2_000);
    for (let count = 0; count < 2; count += 1) askAndLeave();
    await eventually('both answers on their way', async () => (await counted('ok')) === 2);
    expect((await ask()).status).toBe(503);
    expect(await counted('error')).toBe(1);
    await eventually('room for another', async () => (await ask()).status === 200);
  });
});

describe('requests', () => {
  it('are counted by outcome', async () => {
    const { ask, counted } = await serve(8, 1_000);
    expect((await ask()).status).toBe(200);
    expect((await ask('{')).status).toBe(400);
    expect([await counted('ok'), await counted('rejected'), await counted('error')]).toEqual([1, 1, 0]);
  });
});
