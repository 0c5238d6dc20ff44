// The public list of the testing package: what tests of several packages share. Nothing here is shipped.
export * from './far-side.ts';
export * from './free-port.ts';
export * from './postgres.ts';
