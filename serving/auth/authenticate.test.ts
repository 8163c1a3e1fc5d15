import { describe, expect, it } from '@jest/globals';
import { createAuthenticate } from './authenticate.ts';
import { CredentialsRefused } from './credential-failures.ts';
import { credentialHeaders } from './credentials.ts';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln';
const keys = { callerOf: (key: string) => (key === 'good' ? 'shop' : undefined) };
const tokens = {
  callerOf: (token: string) => (token === TOKEN ? Promise.resolve('token:a') : Promise.reject(new CredentialsRefused('expired', 'Old.'))),
};
const both = createAuthenticate({ keys, tokens });

async function outcome(authenticate: typeof both, headers: Record<string, string>): Promise<string> {
  try {
    return await authenticate(headers);
  } catch (error) {
    return (error as CredentialsRefused).reason;
  }
}

describe('authentication', () => {
  it('of nobody leaves everybody anonymous', () => {
    expect(createAuthenticate({})({ 'x-api-key': 'whatever' })).toBe('anonymous');
  });

  it.each([
    [{ 'x-api-key': 'good' }, 'shop'],
    [{ authorization: 'Bearer good' }, 'shop'],
    [{ authorization: 'ApiKey good' }, 'shop'],
    [{ authorization: 'APIKEY   good ' }, 'shop'],
    [{ authorization: `Bearer ${TOKEN}` }, 'token:a'],
    [{ 'x-api-key': 'bad', authorization: `bearer ${TOKEN}` }, 'token:a'],
    [{ 'x-api-key': 'good', authorization: 'Bearer eyJ.a.b' }, 'shop'],
    [{ 'x-api-key': 'bad', authorization: 'Bearer eyJ.a.b' }, 'unknown'],
    [{ authorization: 'Bearer eyJ.a.b' }, 'expired'],
    [{ 'x-api-key': 'bad' }, 'unknown'],
    // Two headers of the same name arrive joined.
    [{ 'x-api-key': 'good, good' }, 'unknown'],
    [{ authorization: 'Bearer good, Bearer good' }, 'missing'],
    [{ authorization: 'Basic Z29vZDpnb29k' }, 'missing'],
    [{ authorization: 'Bearer' }, 'missing'],
    [{ 'x-api-key': '' }, 'missing'],
    [{}, 'missing'],
  ])('by keys and tokens: %j is %s', async (headers, expected) => {
    expect(await outcome(both, headers as Record<string, string>)).toBe(expected);
  });

  it('takes no kind of credential that is not configured', async () => {
    expect(await outcome(createAuthenticate({ keys }), { authorization: `Bearer ${TOKEN}` })).toBe('unknown');
    expect(await outcome(createAuthenticate({ tokens }), { 'x-api-key': 'good' })).toBe('unknown');
  });

  it('says what to send', () => {
    expect(() => createAuthenticate({ keys })({})).toThrow('Send an API key as "x-api-key: KEY".');
    expect(() => both({})).toThrow('Send an API key as "x-api-key: KEY" or a token as "authorization: Bearer TOKEN".');
  });

  it('is passed on with a forwarded request, and nothing else', () => {
    const headers = { 'x-api-key': 'good', authorization: 'Bearer x', cookie: 'c', host: 'h' };
    expect(credentialHeaders(headers)).toEqual({ 'x-api-key': 'good', authorization: 'Bearer x' });
  });
});
