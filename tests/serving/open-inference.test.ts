import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import type { ClientRequest } from 'node:http';
import { fileURLToPath } from 'node:url';

import { startServing } from '../../serving/testing/serving-process.ts';
import type { ServingProcess } from '../../serving/testing/serving-process.ts';
import { removeTinyBundles } from '../../serving/testing/tiny-bundle.ts';
import { everyTypeBundle } from './every-type.ts';
import { runPython } from './python.ts';

const PROGRAM = fileURLToPath(new URL('./open-inference.py', import.meta.url));
const MIB = 1024 * 1024;

let serving: ServingProcess;
/** What a client of another house makes of the served model. */
let report: Record<string, unknown>;

beforeAll(async () => {
  serving = await startServing(await everyTypeBundle());
  await serving.ready();
  const { stdout } = await runPython({ file: PROGRAM }, [serving.host, 'tiny', '1.0.0']);
  report = JSON.parse(stdout) as Record<string, unknown>;
}, 60_000);
afterAll(async () => {
  await serving.kill();
  await removeTinyBundles();
});

describe('the Open Inference Protocol, spoken by tritonclient', () => {
  it('tells that server and model are alive and ready, and that others are not', () => {
    expect(report).toMatchObject({
      live: true, ready: true, 'model ready': [true, true], 'other model ready': [false, false], 'ready afterwards': true,
    });
  });

  it('describes server and model', () => {
    expect(report['server']).toMatchObject({ name: 'recommender-serving', extensions: ['binary_tensor_data'] });
    const { name, versions, platform, inputs, outputs } = report['model'] as Record<string, { name: string }[]>;
    expect([name, versions, platform]).toEqual(['tiny', ['1.0.0'], 'onnx_onnxv1']);
    expect(inputs).toContainEqual({ name: 'user', datatype: 'INT64', shape: [-1] });
    expect(inputs).toContainEqual({ name: 'in_string', datatype: 'BYTES', shape: [-1, 1] });
    expect(inputs).toHaveLength(14);
    expect(outputs).toContainEqual({ name: 'out_float16', datatype: 'FP16', shape: [-1, 2] });
  });

  it.each(['True out True', 'True out False', 'False out True', 'False out False'])('passes every type unchanged, binary in %s', (form) => {
    const { id, version, right } = report[`binary in ${form}`] as { id: string; version: string; right: Record<string, boolean> };
    expect([id, version, Object.keys(right).length]).toEqual(['ä 7', '1.0.0', 13]);
    expect(Object.entries(right).filter(([, isRight]) => !isRight)).toEqual([]);
  });

  it('gives all outputs by default, the scores of three users among them', () => {
    expect(report['outputs by default']).toHaveLength(14);
    expect(report['scores']).toEqual([[0, 0.01, 0.02, 0.03, 0.04], [0.05, 0.06, 0.07, 0.08, 0.09], [0.35, 0.36, 0.37, 0.38, 0.39]]);
  });

  it.each(['gzip', 'deflate'])('takes bodies compressed by %s', (coding) => {
    expect(report['compressed']).toHaveProperty(coding, report['scores']);
  });

  it('gives what no number is, in binary form', () => {
    expect(report['nan']).toEqual(['nan', 'inf']);
  });

  it.each([
    ['another model', '404', 'This pod only serves the model "tiny"'],
    ['another version', '404', 'This pod only serves version 1.0.0 of "tiny"'],
    ['another type', '400', 'Input "user" is INT32, but the model expects INT64'],
    ['another shape', '400', 'Input "in_float" has the shape [3, 5], but the model expects [-1, 2]'],
    ['no such output', '400', 'Unknown output "nothing"'],
    ['no such input', '400', 'Input "more" is unknown'],
    ['an input missing', '400', 'is missing; the model expects'],
    ['no such user', '422', 'The graph failed on these tensors'],
    ['metadata of another model', '404', 'This pod only serves the model "tiny"'],
  ])('refuses %s with a sentence', (what, status, sentence) => {
    const [found, message] = (report['refused'] as Record<string, [string, string]>)[what] ?? [];
    expect([found, message]).toEqual([status, expect.stringContaining(sentence)]);
  });
});

describe('bodies', () => {
  const path = '/v2/models/tiny/infer';
  const post = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${serving.origin}${path}`, { method: 'POST', body, headers });
    return { status: response.status, document: (await response.json()) as { code: string; error: string; detail: string } };
  };

  it.each([
    ['of more than 512 KiB of JSON', Buffer.alloc(MIB / 2 + 1, 32), {}, 413, 'BodyTooLarge'],
    ['that are not JSON', '{', {}, 400, 'InvalidJson'],
    ['that are nested deeply', '['.repeat(500_000), {}, 400, 'InvalidRequest'],
    ['that nest data deeply', `{"inputs":[{"name":"user","datatype":"INT64","shape":[1],"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`, {}, 400, 'InvalidRequest'],
    ['with a false length of the JSON part', '{}', { 'inference-header-content-length': '3' }, 400, 'InvalidRequest'],
    ['with a shape of billions', '{"inputs":[{"name":"user","datatype":"INT64","shape":[2147483647],"data":[1]}]}', {}, 400, 'InvalidRequest'],
  ])('%s are refused', async (_what, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect([answer.status, answer.document.code]).toEqual([status, code]);
    expect(answer.document.error).toBe(answer.document.detail);
  });

  /** The status of an answer that comes while the body is still being sent, by `send`. */
  function statusBeforeEnd(headers: Record<string, number>, send: (request: ClientRequest) => void): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${serving.origin}${path}`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
        request.destroy();
      });
      request.once('error', reject);
      send(request);
    });
  }

  it('beyond 16 MiB are refused before they are sent', async () => {
    expect(await statusBeforeEnd({ 'content-length': 16 * MIB + 1 }, (request) => request.flushHeaders())).toBe(413);
  });

  it('without a length are read up to the limit', async () => {
    const chunk = Buffer.alloc(MIB, 32);
    const status = await statusBeforeEnd({}, (request) => {
      const write = () => void (request.destroyed || request.write(chunk, write));
      write();
    });
    expect(status).toBe(413);
  });

  it.each([
    ['a version that cannot be decoded', 'models/tiny/versions/%ff/ready'],
    ['a control character', 'models/%00/ready'],
    ['an unknown act', 'models/tiny/nothing'],
    ['an unknown path', 'nothing'],
    ['a very long name', `models/${'x'.repeat(5000)}`],
  ])('at %s there is nothing', async (_what, nowhere) => {
    const response = await fetch(`${serving.origin}/v2/${nowhere}`);
    expect([400, 404]).toContain(response.status);
    expect(await response.json()).toMatchObject({ error: expect.any(String), code: expect.any(String) });
  });

  it('leave the server as it was', async () => {
    expect((await fetch(`${serving.origin}/v2/health/ready`)).status).toBe(200);
  });
});
