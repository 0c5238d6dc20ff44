// Finds what people could not read, reach or tell apart on the page as it is laid out now. It runs inside the browser; opening
// the page and sizing its window is for page-layout.test.ts.

/** Of text, by WCAG 2.2 (1.4.3), and of a target (2.5.8). */
const LEAST_CONTRAST = 4.5;
const LEAST_TARGET_PX = 24;
/** Narrower than this, words of a sentence stand below each other letter by letter. */
const LEAST_TEXT_PX = 64;
const SENTENCE = 30;
/** Fractions of a pixel are rounded. */
const SLACK_PX = 1;

/** What is wrong, in words; empty where all is well. */
export function pageFaults() {
  const shown = [...document.body.querySelectorAll('*')].filter(
    (element) => element.checkVisibility() && element.closest('svg') === null && isDrawn(element),
  );
  return [...new Set([...overflow(), ...shown.flatMap(faultsOf)])];
}

const boxOf = (element) => element.getBoundingClientRect();
const isDrawn = (element) => boxOf(element).width > 0;
const ownText = ({ childNodes }) =>
  [...childNodes]
    .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
    .map(({ data }) => data.trim())
    .join(' ');

function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? [`the page is ${scrollWidth - clientWidth} px too wide`] : [];
}

function faultsOf(element) {
  return [
    [isOutside, 'stands outside of the window'],
    [isScrolled, 'has to be scrolled sideways'],
    [isCut, 'is cut, and nothing says how it goes on'],
    [isSqueezed, 'is squeezed'],
    [isPale, 'can hardly be told from its ground'],
    [isSmall, 'is too small to be hit'],
    [isNameless, 'has no name'],
    [isMouseOnly, 'can be clicked, and not reached by keys'],
  ]
    .filter(([isFault]) => isFault(element))
    .map(([, fault]) => `${nameOf(element)} ${fault}`);
}

function nameOf(element) {
  const id = element.closest('[id]')?.id ?? '';
  return `#${id} ${element.localName}.${element.className} "${element.textContent.trim().slice(0, 40)}"`;
}

function isOutside(element) {
  const { left, right } = boxOf(element);
  return right > document.documentElement.clientWidth + SLACK_PX || left < -SLACK_PX;
}

const isScrolled = (element) =>
  getComputedStyle(element).overflowX === 'auto' && element.scrollWidth > element.clientWidth + SLACK_PX;

function isCut(element) {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
  const isTooLong = scrollWidth > clientWidth + SLACK_PX || scrollHeight > clientHeight + SLACK_PX;
  const isHidden = getComputedStyle(element).overflowX === 'hidden';
  return isHidden && isTooLong && (element.closest('[title]')?.title ?? '') === '';
}

const isSqueezed = (element) =>
  ownText(element).length > SENTENCE && boxOf(element).width < LEAST_TEXT_PX && !element.matches('option');

function isPale(element) {
  if (ownText(element) === '' || element.matches(':disabled, option, .busy *')) return false;
  const ground = groundOf(element);
  return contrast(mixed(colourOf(getComputedStyle(element).color), ground), ground) < LEAST_CONTRAST;
}

/** The whole line of a checkbox or of a listed name can be hit. */
function isSmall(element) {
  if (!element.matches('button, input, select, summary')) return false;
  const { width, height } = boxOf(element.closest('tr, label:has([type=checkbox])') ?? element);
  const isInText = element.matches('.link');
  return !isInText && Math.min(width, height) < LEAST_TARGET_PX;
}

function isNameless(element) {
  if (!element.matches('button, input, select, [role=slider], [role=img], [role=region], table th'))
    return false;
  const label = element.ariaLabel ?? element.labels?.[0]?.textContent ?? '';
  return `${label}${element.textContent}`.trim() === '';
}

const KEYED = 'button, input, select, summary, label, tr:has(button), [tabindex]';
const isMouseOnly = (element) =>
  ['pointer', 'crosshair'].includes(getComputedStyle(element).cursor) && element.closest(KEYED) === null;

/** Red, green, blue from 0 to 255, and how opaque it is. */
function colourOf(text) {
  const numbers = text.match(/[\d.]+/g).map(Number);
  const [red, green, blue, alpha = 1] = numbers;
  return text.startsWith('color(srgb')
    ? [255 * red, 255 * green, 255 * blue, alpha]
    : [red, green, blue, alpha];
}

const mixed = ([red, green, blue, alpha], under) =>
  [red, green, blue].map((part, i) => part * alpha + under[i] * (1 - alpha));

/** What is behind it, from the body up. */
function groundOf(element) {
  const behind = [];
  for (let one = element; one !== null; one = one.parentElement)
    behind.unshift(colourOf(getComputedStyle(one).backgroundColor));
  return behind.reduce((under, colour) => mixed(colour, under), [255, 255, 255]);
}

/** From 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
