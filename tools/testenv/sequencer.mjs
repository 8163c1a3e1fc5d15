import { statSync } from 'node:fs';
import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';
import { checkout } from '../setup/paths.mjs';

/** Seconds that files take which are longer than their size lets expect. */
const SECONDS = {
  'tests/apiserver/kills/canary.test.ts': 70,
  'tests/apiserver/kills/blueGreen.test.ts': 70,
  'tests/apiserver/kills/shadow.test.ts': 70,
};

/** Starts the longest files first, so that no worker waits for another at the end: also on a machine that has not timed them yet. */
export default class extends Sequencer {
  time(test) {
    const seconds = SECONDS[relative(checkout, test.path)] ?? statSync(test.path).size / 1000;
    return super.time(test) ?? seconds * 1000;
  }
}
