// Reads what an agent's answer says in words: the system, its kernel, its host name. Keeping the versions of it is left to
// whoever is told.
import { agentText } from './texts.ts';

/** Fields of the answer's section `system` that are facts. */
const SYSTEM_FACTS = ['name', 'kernel_version', 'os_version', 'host_name'] as const;

/** The facts of one answer by name; what it doesn't say in words is left out. */
export function factsOf(answer: unknown): Record<string, string> {
  const facts: Record<string, string> = {};
  const system = field(answer, 'system');
  for (const name of SYSTEM_FACTS) {
    const value = field(system, name);
    if (typeof value === 'string') facts[name] = agentText(value);
  }
  const arch = field(field(answer, 'cpus'), 'arch');
  if (typeof arch === 'string') facts.arch = agentText(arch);
  return facts;
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
