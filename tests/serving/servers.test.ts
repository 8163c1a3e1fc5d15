import { afterAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { runPython } from './python.ts';
import { startRedis } from './redis.ts';
import { startS3 } from './s3.ts';

const started: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of started) await server.stop();
});

describe('the servers that the tests of the serving process work against', () => {
  it('a Redis keeps a value, asks for its password, and comes back empty after a kill', async () => {
    const redis = await startRedis({ password: 'p' });
    started.push(redis);
    const open = () => createClient({ url: redis.url, password: 'p', disableOfflineQueue: true }).on('error', () => undefined).connect();
    const first = await open();
    await first.set('key', 'value');
    expect(await first.get('key')).toBe('value');
    await redis.kill();
    first.destroy();
    await redis.start();
    const second = await open();
    expect(await second.get('key')).toBeNull();
    second.destroy();
    await expect(createClient({ url: redis.url, socket: { reconnectStrategy: false } }).connect().then((client) => client.get('key'))).rejects.toThrow(/NOAUTH/);
  });

  it('an S3 server gives what was put, to those who have the key', async () => {
    const s3 = await startS3();
    started.push(s3);
    await s3.createBucket('models', { 'books/1.0.0/bundle.yaml': 'name: books' });
    const get = async (secretAccessKey: string) => {
      const { endpoint, region, accessKey: accessKeyId } = s3;
      const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
      const object = await client.send(new GetObjectCommand({ Bucket: 'models', Key: 'books/1.0.0/bundle.yaml' }));
      return object.Body?.transformToString();
    };
    expect(await get(s3.secretKey)).toBe('name: books');
    await expect(get('another')).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('Python has the client of the inference protocol and the exporters', async () => {
    const code = 'import sys, tritonclient.http, sklearn, skl2onnx, onnx; print(onnx.__version__, sys.argv[1])';
    expect((await runPython({ code }, ['argument'])).stdout).toMatch(/^\d+\.\d+\.\d+ argument\n$/);
    await expect(runPython({ code: 'raise SystemExit("told why")' })).rejects.toThrow('told why');
  });
});
