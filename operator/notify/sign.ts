import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over `ID.TIMESTAMP.BODY`.
 * @param keys each `whsec_` and base64 of 24 to 64 bytes; two while they are being changed
 * @param now milliseconds since the epoch
 * @throws Error a sentence part, for a key of another form
 */
export function signed(id: string, body: string, keys: readonly string[], now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = keys.map((key) => `v1,${createHmac('sha256', bytesOf(key)).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}

function bytesOf(key: string): Buffer {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(key) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  if (bytes.length < 24 || bytes.length > 64) throw new Error('is not "whsec_" followed by base64 of 24 to 64 bytes');
  return bytes;
}
