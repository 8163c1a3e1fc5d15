export const checkout: string;
export const cacheDir: string;
