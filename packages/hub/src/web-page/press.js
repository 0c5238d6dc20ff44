// Whether the reader presses something right now: what is replaced between press and release loses its click. Waiting for
// the release is for who draws.

/** Whoever never lets go doesn't stop the page. */
const LONGEST_MS = 3000;

let press = null;

function release() {
  const ended = press;
  press = null;
  // The click comes in the same task as the release.
  if (ended !== null) setTimeout(ended.resolve);
}

addEventListener(
  'pointerdown',
  () => {
    press ??= Promise.withResolvers();
    setTimeout(release, LONGEST_MS);
  },
  true,
);
for (const type of ['pointerup', 'pointercancel']) addEventListener(type, release, true);

/** Null when nothing is pressed; else resolves when it is let go and its click was taken. */
export const pressed = () => press?.promise ?? null;
