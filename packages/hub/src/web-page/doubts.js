// Says what of the configuration can't do what it says, as the hub found while it runs. Finding it is the hub's, and what it
// says of its storage is storage-panel.js's.
import { byId, el, statusMark } from './dom.js';

/** Checks that other parts of the page show. */
const SHOWN_ELSEWHERE = ['hub', 'storage', 'archive'];

/** @param health as `/api/v1/health` has it: a caller who may not read gets no checks */
export function showDoubts({ checks = [] }) {
  const doubts = checks.filter(({ name, message }) => message !== null && !SHOWN_ELSEWHERE.includes(name));
  byId('doubts').replaceChildren(
    ...doubts.map(({ name, message }) =>
      el('li', {}, [statusMark('warning'), el('span', {}, [`${name}: ${message}`])]),
    ),
  );
}
