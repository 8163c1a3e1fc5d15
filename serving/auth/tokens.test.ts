import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AUDIENCE, type Claims, ISSUER, type Issuer, startIssuer } from '../testing/issuer.ts';
import { CredentialsRefused, CredentialsUncheckable } from './credential-failures.ts';
import { followKeySet, type KeySet } from './key-set.ts';
import { createTokens, type Tokens } from './tokens.ts';

let issuer: Issuer;
let keySet: KeySet;
let tokens: Tokens;
let clock = 0;

const tokensOf = (keys: KeySet) =>
  createTokens({ issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri }, keys.keyOf, () => Date.now() + clock);

beforeEach(async () => {
  clock = 0;
  issuer = await startIssuer();
  keySet = followKeySet(issuer.jwksUri, { cooldownMs: 0, pauseAfterFailureMs: 0 });
  tokens = tokensOf(keySet);
});
afterEach(async () => {
  keySet.close();
  await issuer.close();
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/** A token whose signature is made, or left out, by hand. */
function forged(alg: string, sign: (signed: string) => string): string {
  const signed = `${encode({ alg, kid: 'key1' })}.${encode({ iss: ISSUER, aud: AUDIENCE, sub: 'mallory', exp: seconds() + 60 })}`;
  return `${signed}.${sign(signed)}`;
}

async function reasonOf(token: string): Promise<string> {
  try {
    return await tokens.callerOf(token);
  } catch (error) {
    if (error instanceof CredentialsUncheckable) return 'uncheckable';
    if (error instanceof CredentialsRefused) return error.reason;
    throw error;
  }
}

describe('a token', () => {
  it('names its subject, by a hash', async () => {
    const [alice, again, bob] = [await issuer.token(), await issuer.token({ iat: 1 }), await issuer.token({ sub: 'bob' })];
    expect(await tokens.callerOf(alice)).toMatch(/^token:[0-9a-f]{16}$/);
    expect(await tokens.callerOf(again)).toBe(await tokens.callerOf(alice));
    expect(await tokens.callerOf(bob)).not.toBe(await tokens.callerOf(alice));
  });

  it.each([
    ['of another issuer', { iss: 'https://evil.example.org' }, 'invalid'],
    ['for another audience', { aud: 'films' }, 'invalid'],
    ['that has expired', { exp: seconds() - 60 }, 'expired'],
    ['that is not valid yet', { nbf: seconds() + 60 }, 'invalid'],
    ['that never expires', { exp: undefined }, 'invalid'],
    ['of nobody', { sub: undefined }, 'invalid'],
    ['of a subject of 257 characters', { sub: 'x'.repeat(257) }, 'invalid'],
    ['signed with a key nobody has published', { header: { kid: 'other' } }, 'unknown'],
  ])('%s is refused', async (_what, claims, reason) => {
    expect(await reasonOf(await issuer.token(claims as Claims))).toBe(reason);
  });

  it.each([
    ['alg none', () => forged('none', () => '')],
    ['alg None', () => forged('None', () => '')],
    ['HS256 with something public for a secret', () => forged('HS256', (signed) => createHmac('sha256', issuer.jwksUri).update(signed).digest('base64url'))],
    ['a signature of zeros', () => forged('ES256', () => Buffer.alloc(64).toString('base64url'))],
    ['parts that are no JSON', () => 'eyJ.eyJ.eyJ'],
    ['a megabyte of nothing', () => `eyJ${'a'.repeat(1_000_000)}.e30.AA`],
  ])('with %s is refused', async (_what, make) => {
    expect(await reasonOf(make())).toBe('invalid');
  });

  it('changed in one character is refused, even right after the good one', async () => {
    const token = await issuer.token();
    await tokens.callerOf(token);
    const [head = '', , signature = ''] = token.split('.');
    const claims = encode({ iss: ISSUER, aud: AUDIENCE, sub: 'admin', exp: seconds() + 60 });
    expect(await reasonOf(`${head}.${claims}.${signature}`)).toBe('invalid');
  });

  it('is good without another look for a while, but not beyond its own end', async () => {
    const token = await issuer.token({ exp: seconds() + 30 });
    await tokens.callerOf(token);
    expect(typeof tokens.callerOf(token)).toBe('string');
    clock = 36_000;
    expect(await reasonOf(token)).toBe('expired');
  });
});

describe('the key set', () => {
  it('is fetched anew for a key it does not hold, and drops the old one', async () => {
    const old = await issuer.token();
    await tokens.callerOf(old);
    await issuer.rotate();
    expect(await reasonOf(await issuer.token())).toMatch(/^token:/);
    clock = 61_000;
    expect(await reasonOf(await issuer.token({ exp: seconds() + 600, header: { kid: 'key1' } }))).toBe('unknown');
  });

  it.each([500, 302])('stays in force while its server answers %d', async (status) => {
    await tokens.callerOf(await issuer.token());
    issuer.answerWith(status);
    await keySet.refresh();
    expect(await reasonOf(await issuer.token({ sub: 'bob' }))).toMatch(/^token:/);
    expect(await reasonOf(await issuer.token({ header: { kid: 'other' } }))).toBe('uncheckable');
  });

  it('that never came is no fault of the token, and its server is not asked for each of them', async () => {
    issuer.answerWith(503);
    const patient = followKeySet(issuer.jwksUri, { pauseAfterFailureMs: 60_000 });
    await patient.refresh();
    const before = issuer.fetches();
    tokens = tokensOf(patient);
    for (let index = 0; index < 20; index += 1) expect(await reasonOf(await issuer.token({ sub: `user${index}` }))).toBe('uncheckable');
    expect(issuer.fetches()).toBe(before);
    patient.close();
  });

  it('is not fetched for each token with a key of its own', async () => {
    const patient = followKeySet(issuer.jwksUri);
    tokens = tokensOf(patient);
    await tokens.callerOf(await issuer.token());
    const before = issuer.fetches();
    for (let index = 0; index < 20; index += 1) expect(await reasonOf(await issuer.token({ header: { kid: `k${index}` } }))).toBe('unknown');
    expect(issuer.fetches()).toBe(before);
    patient.close();
  });
});
