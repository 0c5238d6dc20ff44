// The program `guardia-hub`: the same as `guardia hub`, for those who start it under that name.
import { runProgram } from './program.ts';

process.exitCode = await runProgram(['hub', ...process.argv.slice(2)]);
