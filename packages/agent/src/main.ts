// Entry of the program `guardia-agent`: importing it runs it. Everything it does is in program.ts.
import { runAgent } from './program.ts';

process.exit(await runAgent(process.argv.slice(2), process.env));
