// The keys of the page: `/` goes to the filter, Enter in it opens the first that it found, `j` and `k` go down and up, Esc
// closes. What they open and close is for page.js.
import { byId } from './dom.js';

const NAMES = '#servers .name, #exporters .name, #services .name';

/** @param closeOne closes what was opened last; @param setFilter is told the words of the filter */
export function listenToKeys({ closeOne, setFilter }) {
  const filter = byId('filter');
  filter.oninput = () => setFilter(filter.value);
  filter.onkeydown = (event) => {
    if (event.key === 'Enter') document.querySelector(NAMES)?.click();
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    filter.value = '';
    setFilter('');
    filter.blur();
  };
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select')) return;
    // A chart has this key for itself.
    if (key === 'Escape' && !target.matches('.plot')) closeOne();
    if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1);
    if (key !== '/') return;
    event.preventDefault();
    filter.focus();
  });
}

function step(by) {
  const names = [...document.querySelectorAll(NAMES)];
  const at = names.indexOf(document.activeElement);
  const next = at === -1 ? 0 : Math.min(Math.max(at + by, 0), names.length - 1);
  names[next]?.focus();
}
