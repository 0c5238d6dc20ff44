// The public list of the model package, by hand: what other packages may use. Files not listed here are its own.

// Words
export * from './alert.ts';
export * from './check.ts';
export type * from './check-spec.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './frame.ts';
export * from './ids.ts';
export * from './refused-address.ts';
export type * from './silence.ts';

// Query tree
export type * from './query/condition.ts';
export { compileGlob, compileSelector, labelOf } from './query/matchers.ts';
export { compileSearch } from './query/pattern-search.ts';
export { parseCondition } from './query/parse-condition.ts';
export { parseQuery, SERIES_AGGREGATES, TIME_AGGREGATES } from './query/parse-query.ts';
export { parseSelector } from './query/parse-selector.ts';
export type * from './query/query.ts';
export { QueryError } from './query/query-error.ts';
export { type Labels, METRIC_LABEL, parseSampleKey, seriesLabels, TARGET_LABEL } from './query/sample-key.ts';

// Configuration
export * from './config/diff.ts';
export type * from './config/hub-config.ts';
export { type LoadedConfig, type LoadOptions, loadConfigFile } from './config/load.ts';
export { ConfigError, type ConfigProblem, formatProblems } from './config/problem.ts';
export { suggest } from './config/suggest.ts';
export { templateFault } from './config/template-fault.ts';

// What the agent says
export type * from './wire/agent.ts';
