// A process that takes all files it may open, and then runs the checks it is given: prints each result as a line of JSON.
// Started with a low limit by the test of the same name, whose own process must keep its files.
import { openSync } from 'node:fs';
import { type CheckClock, readCheckSpec, runCheck } from '../index.ts';

const clock: CheckClock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
const specs = (JSON.parse(process.argv[2]!) as unknown[]).map(readCheckSpec);
const run = (spec: (typeof specs)[number]) => runCheck(spec, { clock, signal: new AbortController().signal });

// What is loaded with the first check needs files, too.
for (const spec of specs) await run(spec);
for (const spec of specs) {
  takeAll();
  const { status, errorMessage } = await run(spec);
  console.log(JSON.stringify([status, errorMessage]));
}

function takeAll(): void {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    // All are taken now.
  }
}
