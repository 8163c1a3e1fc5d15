import { describe, expect, it } from '@jest/globals';

import { checkAddress, checkedLookup, checkHost, checkLiteral } from './hosts.ts';

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
    expect(() => checkHost(host, allowed)).toThrow('may not come from');
  });

  it('says which setting to change when nothing is allowed yet', () => {
    expect(() => checkHost('models.example.org', [])).toThrow(/no host is allowed yet.*BUNDLE_ALLOWED_HOSTS/);
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
    expect(() => checkAddress(address, 'models.example.org')).toThrow('an address bundles are never read from');
  });

  it.each(['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fe80::1]', '0.0.0.0'])('refuses %s written as a host', (host) => {
    expect(() => checkLiteral(host)).toThrow('never read from');
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
});
