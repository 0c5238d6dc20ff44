// `guardia demo`: agent, hub, one checked service and the page on this machine, in a temporary folder that is gone
// afterwards. It shows the way of a reading; running it is left to demo/demo.ts.
import { type Command, InvalidArgumentError } from 'commander';

export interface DemoOptions {
  /** Of page and API; undefined: 8080, or any free one when that is taken. */
  readonly port: number | undefined;
  /** Seconds between polls. */
  readonly interval: number;
  /** Leaves the temporary folder where it is. */
  readonly keep: boolean;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description("this machine's live readings, stored and shown, in one command")
    .option('--port <port>', 'port of page and API (default 8080, or a free one)', whole('--port', 1, 65_535))
    .option('--interval <seconds>', 'seconds between polls', whole('--interval', 1, 3600), 2)
    .option('--keep', 'keep the temporary folder with its databases', false)
    .addHelpText('after', '\nExample:\n  guardia demo --port 9000 --interval 5')
    .action(async (options: { port?: number; interval: number; keep: boolean }) => {
      const { runDemo } = await import('../demo/demo.ts');
      process.exitCode = await runDemo({ ...options, port: options.port });
    });
}

function whole(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`${name}: ${text}, must be a whole number from ${min} to ${max}`);
  };
}
