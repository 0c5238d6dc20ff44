// The version that this agent tells: its package's. Which version a package has is the workspace's business.
import manifest from '../package.json' with { type: 'json' };

export const AGENT_VERSION: string = manifest.version;
