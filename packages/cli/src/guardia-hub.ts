// The program `guardia-hub`: the same as `guardia hub`, for those who start it under that name.
import { runProgram } from './program.ts';
import { limitYoungGeneration } from './young-generation.ts';

limitYoungGeneration();
process.exitCode = await runProgram(['hub', ...process.argv.slice(2)]);
