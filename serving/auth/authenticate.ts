import type { IncomingHttpHeaders } from 'node:http';
import type { AuthConfig } from '../config/protection.ts';
import { type ApiKeys, followApiKeys } from './api-keys.ts';
import { CredentialsRefused } from './credential-failures.ts';
import { type Credential, credentialsOf } from './credentials.ts';
import { followKeySet } from './key-set.ts';
import { createTokens, type Tokens } from './tokens.ts';

/** Everybody, where nobody has to prove who they are. */
const ANONYMOUS = 'anonymous';

/** Finds out who asks: the caller's name. @throws CredentialsRefused, CredentialsUncheckable */
export type Authenticate = (headers: IncomingHttpHeaders) => string | Promise<string>;

/** What credentials are checked against; a kind that is absent is accepted from nobody. */
interface Checks {
  keys?: Pick<ApiKeys, 'callerOf'>;
  tokens?: Tokens;
}

/** Reads the API keys and starts to follow the issuer's key set, whichever are configured. */
export async function startAuthentication({ apiKeysDir, jwt }: AuthConfig): Promise<Authenticate> {
  const keys = apiKeysDir === undefined ? undefined : await followApiKeys(apiKeysDir);
  const tokens = jwt === undefined ? undefined : createTokens(jwt, followKeySet(jwt.jwksUri).keyOf);
  return createAuthenticate({ ...(keys && { keys }), ...(tokens && { tokens }) });
}

/** With both kinds either suffices; with none everybody is `anonymous`. */
export function createAuthenticate({ keys, tokens }: Checks): Authenticate {
  if (keys === undefined && tokens === undefined) return () => ANONYMOUS;

  function check({ kind, value }: Credential): string | Promise<string> {
    // A token where only keys are known is an unknown key, and the other way round.
    if (kind === 'token' && tokens !== undefined) return tokens.callerOf(value);
    const caller = keys?.callerOf(value);
    if (caller === undefined) throw new CredentialsRefused('unknown', 'Unknown key or token.');
    return caller;
  }

  /** The refusal of the first is the one that is told. */
  async function anyOf(first: Credential, second: Credential): Promise<string> {
    try {
      return await check(first);
    } catch (refusal) {
      try {
        return await check(second);
      } catch {
        throw refusal;
      }
    }
  }

  return (headers) => {
    const [first, second] = credentialsOf(headers);
    if (first === undefined) throw new CredentialsRefused('missing', demand(keys !== undefined, tokens !== undefined));
    return second === undefined ? check(first) : anyOf(first, second);
  };
}

function demand(keys: boolean, tokens: boolean): string {
  const ways = [...(keys ? ['an API key as "x-api-key: KEY"'] : []), ...(tokens ? ['a token as "authorization: Bearer TOKEN"'] : [])];
  return `Send ${ways.join(' or ')}.`;
}
