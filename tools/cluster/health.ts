import { readFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect } from 'node:net';
import { pki } from './pki.ts';

const limitMs = 2_000;

/** Whether a GET is answered with 200. Certificates are checked against the cluster's own authority. */
export function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (response: { statusCode?: number | undefined; resume: () => void }): void => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    const options = { timeout: limitMs, agent: false as const };
    const request = url.startsWith('https:')
      ? getHttps(url, { ...options, ca: readFileSync(pki('ca.crt')) }, done)
      : getHttp(url, options, done);
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
  });
}

/** Whether something accepts connections on a Unix socket, or on a port of an address. */
export function accepts(target: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(limitMs, end(false));
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });
}
