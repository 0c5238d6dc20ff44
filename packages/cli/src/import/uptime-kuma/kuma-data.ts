// What Uptime Kuma knows, in one shape, whether it came from a backup or a database: keys are its columns. Reading
// either is read-*.ts's; what it becomes is left to the other files here.
import type { Fields } from '../fields.ts';

export interface KumaNotification {
  readonly id: number;
  readonly name: string;
  /** `type`, and the settings of that type. */
  readonly settings: Fields;
}

export interface KumaMonitor {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Of the group that it is in. */
  readonly parent: number | null;
  readonly isActive: boolean;
  readonly fields: Fields;
  readonly statusCodes: readonly string[];
  readonly tags: readonly string[];
  /** Ids. */
  readonly notifications: readonly number[];
}

export interface KumaMaintenance {
  readonly title: string;
  readonly fields: Fields;
  /** Ids of monitors and groups. */
  readonly monitors: readonly number[];
}

export interface KumaData {
  /** `backup of Uptime Kuma 1.23.16`. */
  readonly kind: string;
  readonly monitors: readonly KumaMonitor[];
  readonly notifications: readonly KumaNotification[];
  readonly maintenance: readonly KumaMaintenance[];
  /** By id, with `docker_type` and `docker_daemon`; null where the file doesn't say. */
  readonly dockerHosts: ReadonlyMap<number, Fields> | null;
  /** Null where the file doesn't say. */
  readonly timeZone: string | null;
}

/** How tags are called here: `site: berlin`, or the name alone. */
export function tagText(tag: Fields): string {
  const value = tag.text('value');
  return value === undefined ? (tag.text('name') ?? '') : `${tag.text('name')}: ${value}`;
}

/** The groups that a monitor is in, outermost first. */
export function groupsOf(monitor: KumaMonitor, data: KumaData): KumaMonitor[] {
  const groups: KumaMonitor[] = [];
  let parent = monitor.parent;
  while (parent !== null) {
    const group = data.monitors.find(({ id }) => id === parent);
    if (group === undefined || groups.includes(group)) break;
    groups.unshift(group);
    parent = group.parent;
  }
  return groups;
}
