// The hub package's public list: the hub itself, running it as a program, and its log.
export { type BackupProgress, backupHub, restoreHub } from './app/backup/backup.ts';
export { makeExportFolder } from './app/export-folder.ts';
export { Hub, type HubOptions } from './app/hub.ts';
export { createLog } from './app/log.ts';
export { type History, type KnownTarget, NoHistory, openHistory } from './app/open-history.ts';
export { runHub } from './app/run-hub.ts';
export type { EventStream } from './lib/event-stream.ts';
