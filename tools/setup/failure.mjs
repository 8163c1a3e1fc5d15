// A failure that the user can act on: one sentence that says what is wrong and what to do.
export class SetupFailure extends Error {}

const causes = [
  [
    /CERTIFICATE_VERIFY_FAILED|self-signed certificate|unable to verify the first certificate|x509: certificate/i,
    (source) => `${source} shows a certificate that this machine does not trust. `
      + 'If there is a proxy in between, install its certificate and run the command again.',
  ],
  [/ENOSPC|no space left on device/i, () => 'The disk is full. Free some space and run the command again.'],
  [/Could not get lock|dpkg frontend lock/i, () => 'Another apt or dpkg run holds the lock. Wait for it to end and run the command again.'],
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|no such host|Temporary failure|dial tcp|Could not connect|Could not resolve|i\/o timeout|Max retries exceeded/i,
    (source) => `${source} cannot be reached. Check the network (and proxy settings) and run the command again.`,
  ],
];

/**
 * One sentence for a command that failed.
 * @param {string} what the step in words, such as “building etcd”
 * @param {string} source where the step gets its material from, such as “The npm registry”
 * @param {string} output what the command printed last
 * @param {string} [log] file with the whole output
 */
export function failureSentence(what, source, output, log) {
  const known = causes.find(([pattern]) => pattern.test(output));
  const reason = known ? known[1](source) : lastTellingLine(output);
  return `${what} failed: ${reason}${log ? ` The whole output is in ${log}.` : ''}`;
}

function lastTellingLine(output) {
  const lines = output.split('\n').map((line) => line.trim()).filter(Boolean);
  const line = lines.findLast((text) => /error|fail|cannot|unable/i.test(text)) ?? lines.at(-1);
  return line ? (/[.!?]$/.test(line) ? line : `${line}.`) : 'it printed nothing.';
}
