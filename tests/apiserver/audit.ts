import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry, TestServer } from './server.ts';

const WRITES = ['create', 'update', 'patch', 'delete'];

/** Counts writes of objects (leases and events left out) as the audit log grows, without reading it anew each time. */
export function followAudit({ dir }: TestServer, isOf: (entry: AuditEntry) => boolean): { count: () => number } {
  const log = join(dir, 'audit.log');
  let [offset, count] = [0, 0];
  return {
    count: () => {
      const text = readFrom(log, offset);
      const complete = text.subarray(0, text.lastIndexOf('\n') + 1);
      offset += complete.length;
      const entries = complete.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line) as AuditEntry);
      count += entries.filter((entry) => isWrite(entry) && isOf(entry)).length;
      return count;
    },
  };
}

const isWrite = ({ verb, objectRef, responseStatus }: AuditEntry): boolean =>
  WRITES.includes(verb) && objectRef?.resource !== 'leases' && objectRef?.resource !== 'events' && (responseStatus?.code ?? 0) < 300;

function readFrom(file: string, offset: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let at = offset; ;) {
      const chunk = Buffer.alloc(1 << 16);
      const read = readSync(descriptor, chunk, 0, chunk.length, at);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      at += read;
    }
  } finally {
    closeSync(descriptor);
  }
}
