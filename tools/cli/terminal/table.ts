/**
 * Lines of two or more columns, as wide as their widest entry. Numbers are aligned to the right: in all columns but the
 * first, where those are `Numbers`.
 */
export function table(rows: readonly (readonly string[])[], others: 'Text' | 'Numbers' = 'Text'): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    others === 'Numbers' && column > 0 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** A size in MiB, or KiB below one. */
export function mebibytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
