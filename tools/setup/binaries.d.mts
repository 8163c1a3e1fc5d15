export function moduleDir(module: string): string;
export function binaryPath(name: string): string;
