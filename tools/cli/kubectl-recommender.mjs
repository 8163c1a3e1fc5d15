#!/usr/bin/env node
// kubectl recommender …: kubectl runs whatever on PATH is called so. The same program as `npx recommender …`.
// A Node that runs TypeScript is used as it is, since people wait for these commands; else the pinned one takes over.
const isNew = Number(process.versions.node.split('.')[0]) >= 24 && Boolean(process.features.typescript);
await import(isNew ? './main.ts' : './recommender.mjs');
