// Finds how doubles can be said as whole numbers of a decimal place: 12.34 as 1234 hundredths. What is then done with
// the whole numbers is left to column.ts and block.ts.

/** Decimal places that are tried. */
export const MAX_PLACES = 15;
/** Scaled numbers stay within, so that second differences of them are still exact. */
const MAX_SCALED = 2 ** 49;

export const POWERS_OF_TEN = Float64Array.from({ length: MAX_PLACES + 1 }, (_, places) =>
  Number(`1e${places}`),
);

export interface Decimals {
  readonly places: number;
  /** value = scaled / 10^places, exactly the same double. */
  readonly scaled: Float64Array;
}

/** The fewest decimal places with which every value comes back as the same double; undefined when there are none within
 *  the limits. Values are finite and none is -0. */
export function toDecimals(values: Float64Array): Decimals | undefined {
  const scaled = new Float64Array(values.length);
  let places = 0;
  for (;;) {
    const failed = scaleAll(values, POWERS_OF_TEN[places]!, scaled);
    if (failed === -1) return { places, scaled };
    const more = placesOf(values[failed]!, places + 1);
    if (more === undefined) return undefined;
    places = more;
  }
}

export function fromDecimals(scaled: Float64Array, places: number): Float64Array {
  if (places === 0) return scaled;
  const power = POWERS_OF_TEN[places]!;
  for (let i = 0; i < scaled.length; i++) scaled[i] = scaled[i]! / power;
  return scaled;
}

/** Index of the first value that this power doesn't bring back; -1 when it does for all. */
function scaleAll(values: Float64Array, power: number, scaled: Float64Array): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const whole = Math.round(value * power);
    if (whole / power !== value || whole > MAX_SCALED || whole < -MAX_SCALED) return i;
    scaled[i] = whole + 0;
  }
  return -1;
}

function placesOf(value: number, from: number): number | undefined {
  for (let places = from; places <= MAX_PLACES; places++) {
    const power = POWERS_OF_TEN[places]!;
    const whole = Math.round(value * power);
    if (Math.abs(whole) > MAX_SCALED) return undefined;
    if (whole / power === value) return places;
  }
  return undefined;
}
