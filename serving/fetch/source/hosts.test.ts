import { describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { listen } from '../../testing/http.ts';
import { checkAddress, checkedLookup, checkHost, checkLiteral, createCheckedLookup } from './hosts.ts';

describe('hosts', () => {
  it.each([
    ['models.example.org', ['models.example.org']],
    ['a.b.example.org', ['*.example.org']],
    ['127.0.0.1', ['127.0.0.1']],
  ])('allows %s when the list says %j', (host, allowed) => {
    expect(() => checkHost(host, allowed)).not.toThrow();
  });

  it.each([
    ['example.org', ['*.example.org']],
    ['evilexample.org', ['*.example.org']],
    ['models.example.org.evil.net', ['models.example.org']],
    ['models.example.org.', ['models.example.org']],
    ['10.0.0.1', ['*.0.0.1']],
  ])('refuses %s when the list says %j', (host, allowed) => {
    expect(() => checkHost(host, allowed)).toThrow('must not come from');
  });

  it('says which setting to change when nothing is allowed yet', () => {
    expect(() => checkHost('models.example.org', [])).toThrow(/no hosts are allowed.*BUNDLE_ALLOWED_HOSTS/);
  });
});

describe('addresses', () => {
  it.each(['10.1.2.3', '192.168.0.1', '93.184.216.34', 'fd12::1', '2606:2800::1'])('reads from %s', (address) => {
    expect(() => checkAddress(address, 'models.example.org')).not.toThrow();
  });

  it.each([
    '169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::169.254.169.254', 'fe80::1', 'fd00:ec2::254', '0.0.0.0', '::',
    '224.0.0.1', '255.255.255.255', '100.100.100.200', '168.63.129.16', '127.0.0.1', '::1', '::ffff:127.0.0.1',
  ])('never reads from %s behind a name', (address) => {
    expect(() => checkAddress(address, 'models.example.org')).toThrow('which is a forbidden address');
  });

  it.each(['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fe80::1]', '0.0.0.0'])('refuses %s written as a host', (host) => {
    expect(() => checkLiteral(host)).toThrow('a forbidden address');
  });

  it('allows loopback only where it was written as such', () => {
    expect(() => checkLiteral('127.0.0.1')).not.toThrow();
    expect(() => checkAddress('127.0.0.1', 'localhost')).not.toThrow();
  });

  it('checks what a socket is about to connect to', async () => {
    const addresses = await new Promise((resolve, reject) => {
      checkedLookup('localhost', { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
    });
    expect(addresses).toContainEqual(expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) }));
  });

  describe('behind a name that changes its mind', () => {
    /** A resolver that gives the answers one after the other. */
    const resolving = (...answers: string[][]) =>
      createCheckedLookup((_host, _options, done) => {
        done(null, (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
      });

    it('are those that were checked: the socket asks once and goes where that led', async () => {
      const server = await listen((_request, response) => response.end('here'));
      // Loopback stands for any address that may be read from, so the name has to be localhost.
      const lookup = resolving(['127.0.0.1'], ['169.254.169.254']);
      const dispatcher = new Agent({ connect: { lookup } });
      const url = `http://localhost:${new URL(server.origin).port}/`;
      const { body } = await request(url, { dispatcher, headers: { connection: 'close' } });
      expect(await body.text()).toBe('here');
      await expect(request(url, { dispatcher, reset: true })).rejects.toThrow('169.254.169.254');
      await dispatcher.close();
      await server.close();
    });

    it('are all refused when one of them is', async () => {
      const found = new Promise((resolve, reject) => {
        resolving(['93.184.216.34', 'fe80::1'])('models.example.org', {}, (error, address) => (error ? reject(error) : resolve(address)));
      });
      await expect(found).rejects.toThrow('fe80::1');
    });
  });
});
