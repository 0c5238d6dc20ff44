// The last 24 hours of services as bars: how much of each half hour they were up, and grey where nothing is known. What
// was up is counted by the hub.
import { query } from './api.js';
import { el } from './dom.js';
import { svg } from './drawing.js';
import { clock } from './format.js';

const BARS = 48;
const STEP_MS = 30 * 60_000;
const MAX_SERVICES = 10_000;
const PITCH = 4;
const WIDTH = 3;
const HEIGHT = 20;
/** So that a short outage can be seen. */
const LEAST = 4;

/** Of all services in one question: shares up, from 0 to 1 and null where nothing is known, by internal id. */
export async function readBars() {
  const end = Date.now();
  const start = (Math.floor(end / STEP_MS) - BARS + 1) * STEP_MS;
  const asked = { series: 'probe_success', agg: 'avg', start, end, step: STEP_MS, limit: MAX_SERVICES };
  const { rows, times } = await query(asked, null);
  return { times, shares: new Map(rows.map(({ target_id: id, values }) => [id, values])) };
}

/** @param bars as `readBars` gives them; null when they could not be read */
export function uptimeBars(bars, id) {
  if (bars === null)
    return el('span', { class: 'quiet', title: 'The history of checks could not be read.' }, ['–']);
  const { times } = bars;
  const shares = bars.shares.get(id) ?? times.map(() => null);
  const drawing = svg('svg', {
    viewBox: `0 0 ${times.length * PITCH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
  });
  for (const [name, d] of Object.entries(pathsOf(shares)))
    drawing.append(svg('path', { class: `bar ${name}`, d }));
  const said = sentenceOf(shares);
  const element = el('span', { class: 'bars', role: 'img', 'aria-label': said, title: said }, [drawing]);
  element.onpointermove = ({ clientX }) => {
    const { left, width } = element.getBoundingClientRect();
    const i = Math.min(
      Math.max(Math.floor(((clientX - left) / width) * shares.length), 0),
      shares.length - 1,
    );
    element.title = `${clock(times[i])} to ${clock(times[i] + STEP_MS)}: ${shareText(shares[i])}`;
  };
  return element;
}

/** Up stands on the ground, down hangs from the top, and what isn't known is a stub: they differ in shape too. */
function pathsOf(shares) {
  const paths = { up: '', down: '', none: '' };
  shares.forEach((share, i) => {
    const part = (y, height) => `M${i * PITCH},${y}h${WIDTH}v${height}h-${WIDTH}Z`;
    if (share === null) {
      paths.none += part(HEIGHT - LEAST, LEAST);
      return;
    }
    const down = share === 1 ? 0 : Math.max(LEAST, HEIGHT * (1 - share));
    if (down > 0) paths.down += part(0, down);
    if (down < HEIGHT) paths.up += part(down === 0 ? 0 : down + 1, HEIGHT - down - (down === 0 ? 0 : 1));
  });
  return paths;
}

/** Never rounded up to all. */
const shareText = (share) =>
  share === null ? 'not known' : `up ${share === 1 ? '100' : (Math.floor(share * 1000) / 10).toFixed(1)} %`;

function sentenceOf(shares) {
  const known = shares.filter((share) => share !== null);
  const troubled = known.filter((share) => share < 1).length;
  if (known.length === 0) return 'Nothing is known of the last 24 hours.';
  const trouble = troubled === 0 ? 'never seen down' : `down at times in ${troubled}`;
  return `Of ${shares.length} half hours ${known.length} are known: ${trouble}.`;
}
