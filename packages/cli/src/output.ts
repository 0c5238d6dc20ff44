// What all commands that print data share: the `-o` option.
import { Option } from 'commander';

export type OutputFormat = 'text' | 'json';

/** `-o, --output text|json`. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how the answer is printed')
    .choices(['text', 'json'])
    .default('text');
}
