// Leaves out what the time line says twice: a check that found something else, and the alert that fired or ended by that very
// check. Drawing what is left is for who shows it.

const placeOf = ({ timestamp, target_id: id }) => `${timestamp} ${id}`;

/** @param entries of the time line; alerts say all that their checks say */
export function withoutEchoes(entries) {
  const alerts = new Set(entries.filter(({ type }) => type === 'alert').map(placeOf));
  return entries.filter((entry) => entry.type !== 'service_check' || !alerts.has(placeOf(entry)));
}
