// An actor's place in the tree: parent, siblings in the order of their start, path and registered name.
// What parents and children do to each other is decided in cell.ts, which extends this.

import { NameRefused } from './errors.ts';
import type { Host } from './host.ts';
import type { Policy } from './mailbox.ts';
import { Runner } from './runner.ts';
import type { AnyDef } from './types.ts';

export interface Naming {
  /** The last part of the path; made up from kind and number when undefined. */
  readonly id: string | undefined;
  /** Registered in the system. */
  readonly name: string | undefined;
}

/** Siblings are linked directly: an idle actor must stay small, and stopping one must not search. */
export abstract class Member<Self extends Member<Self>> extends Runner {
  readonly name: string | undefined;
  readonly parent: Self | undefined;
  lastChild: Self | undefined = undefined;
  childCount = 0;
  previous: Self | undefined = undefined;
  next: Self | undefined = undefined;
  readonly #id: string | number;

  constructor(host: Host, parent: Self | undefined, policy: Policy, naming: Naming) {
    super(host, policy);
    this.parent = parent;
    this.name = naming.name;
    this.#id = naming.id ?? host.nextId();
  }

  abstract override get def(): AnyDef;

  get id(): string {
    return typeof this.#id === 'string' ? this.#id : `${this.def.kind}#${this.#id}`;
  }

  get path(): string {
    return this.parent === undefined ? '' : `${this.parent.path}/${this.id}`;
  }

  /** Whether it stands directly under the system. */
  get atRoot(): boolean {
    return this.parent !== undefined && this.parent.parent === undefined;
  }

  /** In the order in which they were started. */
  get children(): Self[] {
    const children: Self[] = [];
    for (let child = this.lastChild; child !== undefined; child = child.previous) children.push(child);
    return children.reverse();
  }

  /** Throws NameRefused when an id or name can't be used under this actor. */
  protected checkNames({ id, name }: Naming): void {
    if (id === undefined) return;
    const path = `${this.path}/${id}`;
    for (const part of [id, name ?? id]) {
      if (part === '' || /[/#]/.test(part)) {
        throw new NameRefused(path, `${path}: name "${part}" must not be empty or contain / or #`);
      }
    }
    const holder = this.host.names.get(name ?? '');
    if (holder !== undefined) {
      throw new NameRefused(
        path,
        `${path}: name "${name}" is taken by ${holder.path}; stop that actor first`,
      );
    }
    for (let child = this.lastChild; child !== undefined; child = child.previous) {
      if (child.#id === id)
        throw new NameRefused(path, `${path}: id "${id}" is taken; stop that actor first`);
    }
  }

  protected attach(child: Self): void {
    child.previous = this.lastChild;
    if (this.lastChild !== undefined) this.lastChild.next = child;
    this.lastChild = child;
    this.childCount += 1;
    if (child.name !== undefined) this.host.names.set(child.name, child);
    this.host.began();
  }

  protected detach(child: Self): void {
    if (child.name !== undefined) this.host.names.delete(child.name);
    if (child.next === undefined) this.lastChild = child.previous;
    else child.next.previous = child.previous;
    if (child.previous !== undefined) child.previous.next = child.next;
    child.previous = undefined;
    child.next = undefined;
    this.childCount -= 1;
  }
}
