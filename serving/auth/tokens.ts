import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { AuthConfig } from '../config/protection.ts';
import { CredentialsRefused } from './credential-failures.ts';
import { createRecentTokens } from './recent-tokens.ts';

/** Asymmetric only: with a shared secret, whoever can check a token can also make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const CLOCK_TOLERANCE_S = 5;
const MAX_SUBJECT = 256;
const SUBJECT_DIGITS = 16;

/** Checks signed tokens (RFC 7519). */
export interface Tokens {
  /**
   * @returns the name of the token's subject: it may be a person, so it is a hash
   * @throws CredentialsRefused, CredentialsUncheckable
   */
  callerOf(token: string): string | Promise<string>;
}

/**
 * @param keyOf finds the public key that a token names
 * @param now clock, milliseconds
 */
export function createTokens(jwt: NonNullable<AuthConfig['jwt']>, keyOf: JWTVerifyGetKey, now: () => number = Date.now): Tokens {
  const recent = createRecentTokens(now);

  async function verify(token: string, tokenHash: string): Promise<string> {
    const { sub = '', exp = 0 } = await payloadOf(token);
    if (sub === '' || sub.length > MAX_SUBJECT) {
      throw new CredentialsRefused('invalid', `The token must have a subject ("sub") of 1 to ${MAX_SUBJECT} characters.`);
    }
    const caller = `token:${hash('sha256', sub).slice(0, SUBJECT_DIGITS)}`;
    recent.keep(tokenHash, caller, exp * 1000);
    return caller;
  }

  async function payloadOf(token: string): Promise<JWTPayload> {
    const { issuer, audience } = jwt;
    const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S, requiredClaims: ['exp', 'sub'] };
    try {
      return (await jwtVerify(token, keyOf, { ...options, currentDate: new Date(now()) })).payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return {
    callerOf(token) {
      const tokenHash = hash('sha256', token, 'base64url');
      return recent.callerOf(tokenHash) ?? verify(token, tokenHash);
    },
  };
}

/** What the caller may know of a failed check; what is no fault of the token stays as it is. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new CredentialsRefused('expired', 'The token has expired; get a new one.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new CredentialsRefused('invalid', `The claim "${error.claim}" of the token is missing or has an unexpected value.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return new CredentialsRefused('unknown', 'The token is signed with a key that its issuer does not publish.');
  }
  if (error instanceof errors.JOSEError) return new CredentialsRefused('invalid', 'The token has no valid signature.');
  return error;
}
