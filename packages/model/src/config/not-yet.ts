// Sections that Guardia is known for and this version doesn't honour yet. Taking a name out of the list, and writing
// the section into schema.ts, opens it.
import type { Problems } from './problem.ts';

const NOT_YET = ['status_pages', 'devices', 'tasks', 'cluster'];

/** Reports every such section that says something (an empty list or map doesn't), and takes it out of `root`. */
export function takeOutNotYet(root: Record<string, unknown>, problems: Problems): void {
  for (const key of NOT_YET.filter((key) => Object.hasOwn(root, key))) {
    const value = root[key];
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (!isEmpty) problems.addKey([key], 'not available in this version');
    Reflect.deleteProperty(root, key);
  }
}
