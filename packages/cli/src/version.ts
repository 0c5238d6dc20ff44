// The version of the program; all packages carry the same.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
