// Warnings about maintenance, silences and rules that mean no target of the file: a misspelt name there holds nothing, or
// watches nothing, and nobody would notice. Which alerts a match means, and which targets a rule, is the hub's to say.
import type { AlertRule } from '../alert.ts';
import { compileGlob } from '../query/matchers.ts';
import type { AlertMatch, HubConfig, RuleScope } from './hub-config.ts';
import { type ConfigPath, formatPath } from './problem.ts';
import { suggest } from './suggest.ts';

type Config = Pick<HubConfig, 'servers' | 'exporters' | 'services' | 'rules' | 'silences' | 'maintenance'>;

/** Something that conditions may mean. */
interface Meant {
  readonly kind: 'server' | 'service' | 'exporter' | 'hub';
  readonly names: readonly string[];
  /** Addresses by which rules know it as well. */
  readonly addresses: readonly string[];
  /** Empty: none. */
  readonly group: string;
  readonly tags: readonly string[];
}

/** One condition, with what it is held against. */
interface Condition {
  readonly key: string;
  readonly value: string;
  readonly valuesOf: (meant: Meant) => readonly string[];
}

const NONE: Readonly<Record<string, string>> = {
  kind: 'there is none of that kind',
  target: 'no server, service or exporter is called that',
  tag: 'no server or service has such a tag',
  group: 'no server or service is of such a group',
  rule: 'no alert is of such a rule, and those under rules are instances of custom:rule',
};

/** Rules of alerts, but for those that are named by whoever raises them. */
const RULES: Readonly<Record<Exclude<AlertRule, `custom:${string}`>, true>> = {
  temperature: true,
  usage: true,
  memory: true,
  disk: true,
  load: true,
  unreachable: true,
  service_down: true,
  service_degraded: true,
  cert_expiry: true,
  check_unknown: true,
  slo_burn: true,
  flapping: true,
  hub_blind: true,
  hub_disk: true,
  delivery_dead: true,
  actor_crashed: true,
  storage: true,
};
const RULE_NAMES = [...Object.keys(RULES), 'custom:rule'];

/** What a file can't say whether there is such a one: ids and what is shown of a URL's query are the hub's to give, and rules
 *  are named by whoever raises them. */
const NOT_IN_FILES: Readonly<Record<string, RegExp>> = {
  target: /^(srv|svc|exp)_|^(s(rv?|vc?)?|e(xp?)?)\*|^https?:.*\?/,
  rule: /^custom:/,
};

/** One sentence for each condition that nothing meets, or for conditions that nothing meets together. */
export function unmatched(config: Config): string[] {
  const targets = targetsOf(config);
  // that nothing is watched is said elsewhere
  if (targets.length === 0) return [];
  const all = [...targets, ...ofHub(config)];
  const plans = (['maintenance', 'silences'] as const).flatMap((section) =>
    config[section].flatMap(({ match }, at) => ofMatch([section, at, 'match'], match, all)),
  );
  return [...plans, ...config.rules.flatMap(({ of }, at) => ofScope(['rules', at, 'of'], of, targets))];
}

function targetsOf({ servers, exporters, services }: Config): Meant[] {
  return [
    ...servers.map(({ alias, displayName, tags }) => ({
      kind: 'server' as const,
      names: [displayName],
      addresses: [alias],
      group: tags[0] ?? '',
      tags,
    })),
    ...exporters.map(({ name, url }) => ({
      kind: 'exporter' as const,
      names: [name],
      addresses: [shownUrl(url)],
      group: '',
      tags: [],
    })),
    ...services.map(({ name, address, group, tags }) => ({
      kind: 'service' as const,
      names: [name],
      addresses: [address],
      group: group ?? '',
      tags,
    })),
  ];
}

/** As the hub shows it, without what may be secret. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Alerts of the hub itself, and those of rules, which go by the rule's name. */
function ofHub({ rules }: Config): Meant[] {
  const names = ['Guardia', 'hub', ...rules.map(({ name }) => name)];
  return [{ kind: 'hub', names, addresses: [], group: '', tags: [] }];
}

function ofMatch(path: ConfigPath, match: AlertMatch, all: readonly Meant[]): string[] {
  const { rule } = match;
  const ofRule = rule === undefined ? [] : [{ key: 'rule', value: rule, valuesOf: () => RULE_NAMES }];
  const others = conditionsOf(match, ({ names }) => names);
  return missing(path, [...ofRule, ...others], all);
}

function ofScope(path: ConfigPath, of: RuleScope, targets: readonly Meant[]): string[] {
  const kind =
    of.kind === undefined ? [] : [{ key: 'kind', value: of.kind, valuesOf: ({ kind }: Meant) => [kind] }];
  const others = conditionsOf(of, ({ names, addresses }) => [...names, ...addresses]);
  return missing(path, [...kind, ...others], targets);
}

function conditionsOf(
  { target, tag, group }: AlertMatch | RuleScope,
  namesOf: Condition['valuesOf'],
): Condition[] {
  const given = [
    { key: 'target', value: target, valuesOf: namesOf },
    { key: 'tag', value: tag, valuesOf: ({ tags }: Meant) => tags },
    { key: 'group', value: group, valuesOf: (meant: Meant) => [meant.group] },
  ];
  return given.flatMap(({ value, ...rest }) => (value === undefined ? [] : [{ ...rest, value }]));
}

function missing(path: ConfigPath, conditions: readonly Condition[], all: readonly Meant[]): string[] {
  const tests = conditions.map((condition) => ({ condition, test: testOf(condition) }));
  const alone = tests.filter(({ test }) => !all.some(test)).map(({ condition }) => condition);
  if (alone.length > 0)
    return alone.map(({ key, value, valuesOf }) => {
      const alias = all.find(({ addresses }) => key === 'target' && addresses.includes(value));
      const meant = alias?.names[0] ?? nearest(value, [...new Set(all.flatMap(valuesOf))]);
      return sentence([...path, key], { value, none: NONE[key]!, meant });
    });
  if (all.some((each) => tests.every(({ test }) => test(each)))) return [];
  const ofTargets = conditions.filter(({ key }) => key !== 'rule');
  const said = ofTargets.map(({ key, value }) => `${key} ${JSON.stringify(value)}`).join(' and ');
  return [`${formatPath(path)}: no server, service or exporter has ${said} at once`];
}

function testOf({ key, value, valuesOf }: Condition): (meant: Meant) => boolean {
  if (NOT_IN_FILES[key]?.test(value)) return () => true;
  const isMeant = compileGlob(value);
  return (meant) => valuesOf(meant).some(isMeant);
}

interface Said {
  readonly value: string;
  readonly none: string;
  readonly meant: string | null;
}

function sentence(path: ConfigPath, { value, none, meant }: Said): string {
  const hint = meant === null ? '' : `; did you mean ${JSON.stringify(meant)}?`;
  return `${formatPath(path)}: value ${JSON.stringify(value)}; ${none}${hint}`;
}

/** The nearest value; of one with `*`, the nearest that has the beginning of one before its first `*`. */
function nearest(value: string, known: readonly string[]): string | null {
  const star = value.indexOf('*');
  if (star === -1) return suggest(value, known);
  const changed = new Set(known.map((each) => each.slice(0, star) + value.slice(star)));
  const meant = [...changed].filter((glob) => known.some(compileGlob(glob)));
  return suggest(value, meant);
}
