import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { isPlainPath } from '../../serving/bundle/paths.ts';

/** Content types of what a bundle holds; anything else is bytes. */
const CONTENT_TYPES: Record<string, string> = { json: 'application/json', jsonl: 'application/jsonl', yaml: 'application/yaml' };

export interface Store {
  server: Server;
  /** From now on /healthz answers 200 and files are served. */
  open(): void;
}

function answer(response: ServerResponse, status: number, text: string) {
  const body = `${text}\n`;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function sizeOfFile(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

async function sendFile(dir: string, name: string, request: IncomingMessage, response: ServerResponse) {
  const path = join(dir, name);
  const size = isPlainPath(name) ? await sizeOfFile(path) : undefined;
  if (size === undefined) return answer(response, 404, `There is no file "${name}" here.`);
  const type = CONTENT_TYPES[name.split('.').pop() ?? ''] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': size });
  if (request.method === 'HEAD') return response.end();
  await pipeline(createReadStream(path), response);
}

/** An HTTP store of the files in `dir`, read-only. Until `open` is called it answers 503 to everything. */
export function createStore(dir: string, log: (line: string) => void): Store {
  let isOpen = false;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', 'http://store');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'This store is read-only.');
    if (!isOpen) return answer(response, 503, 'The bundles are not built yet.');
    if (pathname === '/healthz') return answer(response, 200, 'ok');
    return sendFile(dir, pathname.slice(1), request, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A reader that went away, or a file that could not be read half-way: nothing sensible can follow the header.
      log(`${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
  return { server, open: () => (isOpen = true) };
}
