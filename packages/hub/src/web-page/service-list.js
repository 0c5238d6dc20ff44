// The list of services, those in trouble first. Which one is chosen, and keeping the list fresh, is for page.js.
import { byId, el, replaceItems, statusMark, timeMark } from './dom.js';
import { durationText, since } from './format.js';
import { countOf, number, row, text } from './lists.js';
import { uptimeBars } from './uptime-bars.js';

/** So few days before its end a certificate is worth a word. */
const CERTIFICATE_DAYS = 30;
const TROUBLE_FIRST = ['down', 'degraded', 'unknown', 'up'];

/** What the filter looks into. */
export const serviceFields = ({ name, type, status, group, tags, url }) => ({
  name,
  type,
  status,
  group,
  tag: tags,
  url,
});

export function showServices(services, { bars, chosen, pick, total }) {
  byId('services-section').hidden = total === 0;
  byId('service-count').textContent = countOf(services, total);
  const rank = ({ status }) => TROUBLE_FIRST.indexOf(status);
  replaceItems(
    byId('services'),
    services
      .toSorted((a, b) => rank(a) - rank(b))
      .map((service) => serviceRow(service, { bars, chosen, pick })),
  );
}

function serviceRow(service, { bars, chosen, pick }) {
  const { name, status, type, url, target_id: id, last_check: last } = service;
  const answer = last?.response_time_ms ?? null;
  const error = last?.error_message ?? null;
  return row({ id: name, name, chosen: name === chosen, title: url, pick }, [
    el('td', {}, [statusMark(status)]),
    number(answer === null ? '–' : durationText(answer), 'extra'),
    el('td', { class: 'extra' }, [uptimeBars(bars, id)]),
    el('td', { class: 'quiet wide' }, [type]),
    el('td', { class: 'wide' }, service.locations.map(locationMark)),
    text(error ?? certificateText(last)),
    el('td', { class: 'number extra' }, [timeMark(last?.timestamp, since(last?.timestamp))]),
  ]);
}

const locationMark = ({ location, status, error_message: error }) =>
  el('span', { class: 'location', title: error ?? status }, [statusMark(status, location)]);

/** Undefined where there is nothing to worry about. */
export function certificateText(check) {
  const days = check?.ssl_expiry_days ?? null;
  if (days === null || days >= CERTIFICATE_DAYS) return undefined;
  return days < 0 ? `its certificate ended ${-days} d ago` : `its certificate ends in ${days} d`;
}
