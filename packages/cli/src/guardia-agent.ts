// The program `guardia-agent` from a clone: the agent's own entry, which a bundle has by itself.
import { runAgent } from '@guardia/agent';

process.exitCode = await runAgent(process.argv.slice(2), process.env);
