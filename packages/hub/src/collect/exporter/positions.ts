// Where the samples of one scrape lie in its bytes: what stands before the value of each, comments included, begins at
// `start` and is `length` bytes long. Comparing it with the scrape before is left to the parser.

const FIRST_CAPACITY = 256;

export class Positions {
  start = new Int32Array(FIRST_CAPACITY);
  length = new Int32Array(FIRST_CAPACITY);
  series = new Int32Array(FIRST_CAPACITY);
  count = 0;

  push(start: number, length: number, series: number): void {
    const { count } = this;
    if (count === this.start.length) this.#grow();
    this.start[count] = start;
    this.length[count] = length;
    this.series[count] = series;
    this.count = count + 1;
  }

  #grow(): void {
    this.start = twice(this.start);
    this.length = twice(this.length);
    this.series = twice(this.series);
  }
}

function twice(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * array.length);
  grown.set(array);
  return grown;
}
