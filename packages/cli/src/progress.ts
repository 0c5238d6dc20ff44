// Shows how far long work is: a bar that is drawn over on a terminal, a line per step elsewhere. What the work is, is left
// to the commands.

const WIDTH = 24;

/** Where it is shown: standard error, so that results can be piped. */
export interface ProgressOut {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export class Progress {
  readonly #out: ProgressOut;
  #step = '';
  #shown = '';

  constructor(out: ProgressOut = process.stderr) {
    this.#out = out;
  }

  /** @param share of the step that is done, 0 to 1 */
  show(step: string, share: number): void {
    if (this.#out.isTTY === true) this.#draw(step, share);
    else if (step !== this.#step) this.#out.write(`${step}\n`);
    this.#step = step;
  }

  /** Leaves the line; call it when the work is over, however it ended. */
  end(): void {
    if (this.#shown !== '') this.#out.write('\r\x1b[K');
    this.#shown = '';
  }

  #draw(step: string, share: number): void {
    const done = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
    const line = `${'#'.repeat(done)}${'.'.repeat(WIDTH - done)} ${String(Math.round(share * 100)).padStart(3)} % ${step}`;
    if (line === this.#shown) return;
    this.#out.write(`\r\x1b[K${line}`);
    this.#shown = line;
  }
}
