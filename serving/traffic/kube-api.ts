import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, type Dispatcher, request } from 'undici';

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** The API server refused: `status` says why. */
export class ApiRefusal extends Error {
  readonly status: number;

  constructor(status: number, path: string) {
    super(`the API server returned ${status} for ${path.split('?', 1)[0]}`);
    this.status = status;
  }
}

/** The API server as this pod's ServiceAccount sees it. */
export interface KubeApi {
  /** @throws ApiRefusal, or whatever the connection throws */
  get(path: string): Promise<unknown>;
  /** Lines of a watch, parsed. Throws after `silenceMs` without a byte: the connection may be half open. */
  watch(path: string, silenceMs: number, signal: AbortSignal): AsyncGenerator<unknown>;
}

/** @param serviceAccountDir holds `token`, read anew for every call because it is rotated, and `ca.crt` */
export function createKubeApi(apiUrl: string, serviceAccountDir: string): KubeApi {
  let agent: Promise<Agent> | undefined;

  async function connect(): Promise<Agent> {
    const tls = apiUrl.startsWith('https:') ? { ca: await readFile(join(serviceAccountDir, 'ca.crt')) } : {};
    return new Agent({ connect: { ...tls, timeout: CONNECT_TIMEOUT_MS }, headersTimeout: ANSWER_TIMEOUT_MS });
  }

  async function open(path: string, bodyTimeout: number, signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    agent ??= connect();
    // A CA that could not be read yet is read again at the next call.
    const dispatcher = await agent.catch((error: unknown) => {
      agent = undefined;
      throw error;
    });
    const headers = await authorization(serviceAccountDir, apiUrl);
    const answer = await request(`${apiUrl}${path}`, { dispatcher, headers, bodyTimeout, ...(signal ? { signal } : {}) });
    if (answer.statusCode === 200) return answer;
    await answer.body.dump();
    throw new ApiRefusal(answer.statusCode, path);
  }

  return {
    get: async (path) => (await open(path, ANSWER_TIMEOUT_MS)).body.json(),
    async *watch(path, silenceMs, signal) {
      const { body } = await open(path, silenceMs, signal);
      let rest = '';
      for await (const chunk of body.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield JSON.parse(line) as unknown;
      }
    },
  };
}

async function authorization(serviceAccountDir: string, apiUrl: string): Promise<Record<string, string>> {
  if (!apiUrl.startsWith('https:')) return {};
  const token = await readFile(join(serviceAccountDir, 'token'), 'utf8');
  return { authorization: `Bearer ${token.trim()}` };
}
