// The program `guardia`. Importing this file runs it; what it can do stands in program.ts.
import { runProgram } from './program.ts';
import { limitYoungGeneration } from './young-generation.ts';

// a reader that has seen enough, such as head, is no fault
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
if (process.argv[2] === 'hub') limitYoungGeneration();
process.exitCode = await runProgram(process.argv.slice(2));
