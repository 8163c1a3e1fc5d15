// Replays the audit log of the local cluster: `node tools/replay/main.ts [FROM]`, FROM an RFC 3339 time before which nothing counts.
import { readFileSync } from 'node:fs';
import { statePaths } from '../cluster/layout.ts';
import { parseLog } from './entry.ts';
import { replay } from './replay.ts';

const [from = ''] = process.argv.slice(2);
const entries = parseLog(readFileSync(statePaths.auditLog, 'utf8')).filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp >= from);
const { violations, counts } = replay(entries);
// Nothing can be wrong with what nobody can see.
if (counts.writes > 0 && !entries.some(({ requestObject }) => requestObject !== undefined)) {
  violations.push('The API server logs no bodies: it was started with an earlier audit policy. Take the cluster down and up again.');
}
for (const violation of violations) console.error(`replay: ${violation}`);
const told = Object.entries(counts).map(([what, count]) => `${String(count)} ${what}`).join(', ');
console.log(`replay of ${String(entries.length)} requests: ${told}; ${violations.length === 0 ? 'nothing that must not be' : `${String(violations.length)} violations`}`);
process.exitCode = violations.length === 0 ? 0 : 1;
