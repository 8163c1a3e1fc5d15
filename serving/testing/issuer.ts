import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { listen } from './http.ts';

export const ISSUER = 'https://login.example.org';
export const AUDIENCE = 'books';

export type Claims = JWTPayload & { header?: { alg?: string; kid?: string } };

/** An issuer of tokens, with a real key set behind HTTP. */
export interface Issuer {
  jwksUri: string;
  /** Key sets given out so far. */
  fetches(): number;
  /** A token of this issuer, good for a minute unless `claims` say otherwise. */
  token(claims?: Claims): Promise<string>;
  /** Signs with a new key from now on, and publishes it instead of the old one. */
  rotate(): Promise<void>;
  /** Answers requests for the key set with this status; 200 = normally. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

export async function startIssuer(alg = 'ES256'): Promise<Issuer> {
  let status = 200;
  let fetches = 0;
  let generation = 0;
  let key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  let published: JWK[] = [];
  async function rotate(): Promise<void> {
    const pair = await generateKeyPair(alg);
    generation += 1;
    key = pair.privateKey;
    published = [{ ...(await exportJWK(pair.publicKey)), kid: `key${generation}`, alg, use: 'sig' }];
  }
  await rotate();
  const server = await listen((_request, response) => {
    fetches += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published }));
  });
  return {
    jwksUri: `${server.origin}/keys`,
    fetches: () => fetches,
    token({ header, ...claims } = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const payload = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: seconds, exp: seconds + 60, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg, kid: `key${generation}`, ...header }).sign(key);
    },
    rotate,
    answerWith: (next) => void (status = next),
    close: () => server.close(),
  };
}
