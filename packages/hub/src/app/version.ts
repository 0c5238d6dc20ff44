// The version that this hub tells: its package's.
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
