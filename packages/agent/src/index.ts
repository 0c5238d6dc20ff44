// The agent's public list.
export type { Agent, AgentOptions } from './agent.ts';
export { AgentStartError, createAgent } from './agent.ts';
export type { LinuxReadingsOptions } from './linux/linux-readings.ts';
export { LinuxReadings } from './linux/linux-readings.ts';
export type { AgentLog } from './log.ts';
export { runAgent } from './program.ts';
export type { MachineReading, Readings } from './readings.ts';
