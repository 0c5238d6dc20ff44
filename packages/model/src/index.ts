// The public list of the model package, by hand: what other packages may use. Files not listed here are its own.

// Words
export * from './alert.ts';
export * from './check.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './frame.ts';
export * from './ids.ts';

// Configuration
export * from './config/diff.ts';
export type * from './config/hub-config.ts';
export { type LoadedConfig, type LoadOptions, loadConfigFile } from './config/load.ts';
export { ConfigError, type ConfigProblem, formatProblems } from './config/problem.ts';

// What the agent says
export type * from './wire/agent.ts';
