// `guardia version`: of Guardia, and of the Node that runs it.
import type { Command } from 'commander';
import { type OutputFormat, outputOption } from '../output.ts';
import { VERSION } from '../version.ts';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the version')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  guardia version -o json')
    .action(({ output }: { output: OutputFormat }) => {
      const versions = { version: VERSION, node: process.versions.node };
      console.log(output === 'json' ? JSON.stringify(versions) : VERSION);
    });
}
