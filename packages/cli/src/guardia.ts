// The program `guardia`. Importing this file runs it; what it can do stands in program.ts.
import { runProgram } from './program.ts';
import { limitYoungGeneration } from './young-generation.ts';

if (process.argv[2] === 'hub') limitYoungGeneration();
process.exitCode = await runProgram(process.argv.slice(2));
