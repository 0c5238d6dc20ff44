// Counts what messages tell: alerts, groups, and the most messages that one group has made.
// Where messages come from is left to the parts.

/** What one message tells of each of its alerts. */
export type Told = readonly { readonly group: string; readonly target: string }[];

export interface MessageCounts {
  /** Targets that were told of, each counted once. */
  readonly alerts: number;
  readonly groups: number;
  readonly mostPerGroup: number;
}

export function messageCounts(messages: readonly Told[]): MessageCounts {
  const perGroup = new Map<string, number>();
  for (const message of messages)
    for (const group of new Set(message.map((alert) => alert.group)))
      perGroup.set(group, (perGroup.get(group) ?? 0) + 1);
  return {
    alerts: new Set(messages.flat().map(({ target }) => target)).size,
    groups: perGroup.size,
    mostPerGroup: Math.max(0, ...perGroup.values()),
  };
}
