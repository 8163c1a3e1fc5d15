// Replays the audit log of the local cluster. Usage: `node tools/replay/main.ts [FROM]`; FROM: RFC 3339, what came before is ignored.
import { readFileSync } from 'node:fs';
import { statePaths } from '../cluster/layout.ts';
import { parseLog } from './entry.ts';
import { replay } from './replay.ts';

const [from = ''] = process.argv.slice(2);
const log = parseLog(readFileSync(statePaths.auditLog, 'utf8'));
const entries = log.filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp >= from);
const { violations, counts } = replay(entries);
// A log without bodies would show no violations.
if (counts.writes > 0 && !entries.some(({ requestObject }) => requestObject !== undefined)) {
  violations.push('The audit log has no request bodies: the API server was started with an earlier audit policy. '
    + 'Take the cluster down and bring it up again.');
}
for (const violation of violations) console.error(`replay: ${violation}`);
const summary = Object.entries(counts).map(([what, count]) => `${String(count)} ${what}`).join(', ');
console.log(`replay of ${String(entries.length)} requests: ${summary}; ${violations.length || 'no'} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
