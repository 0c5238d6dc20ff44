// The program `guardia`. Importing this file runs it; what it can do stands in program.ts.
import { runProgram } from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
