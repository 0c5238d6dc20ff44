// Where in a frame the values are that limits watch, found once per layout. What they mean belongs to frame-values.ts.
import type { FrameLayout, SampleKey } from '@guardia/model';

/** Indices into `frame.values`; -1 where the layout has no such series. */
export interface Positions {
  readonly usage: number;
  readonly memory: number;
  readonly load: number;
  readonly disks: readonly { readonly mount: string; readonly index: number }[];
  readonly temperatures: readonly number[];
}

/** Positions by the identity of a layout. Collectors share one layout object among the frames of a target for as
 *  long as its keys stay the same, so that a frame of 100 values costs one look-up here. */
export class PositionCache {
  readonly #byLayout = new WeakMap<FrameLayout, Positions>();

  of(layout: FrameLayout): Positions {
    const known = this.#byLayout.get(layout);
    if (known !== undefined) return known;
    const found = findPositions(layout.keys);
    this.#byLayout.set(layout, found);
    return found;
  }
}

function findPositions(keys: readonly SampleKey[]): Positions {
  return {
    usage: keys.indexOf('cpu.usage'),
    memory: keys.indexOf('memory.used_percent'),
    load: keys.indexOf('load.per_core'),
    disks: keys.flatMap((key, index) => {
      const mount = key.startsWith('disk.used_percent{') ? labelValue(key, 'mount') : null;
      return mount === null ? [] : [{ mount, index }];
    }),
    temperatures: keys.flatMap((key, index) => (key.startsWith('temperature.celsius{') ? [index] : [])),
  };
}

/** Reads one label of a sample key, unescaped; null when it has none of that name. A quote inside a value is escaped,
 *  so `name="` after `{` or `,` can only be the label itself. */
function labelValue(key: SampleKey, label: string): string | null {
  const value = new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(key)?.[1];
  return value?.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)) ?? null;
}
