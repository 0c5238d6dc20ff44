// Finds the IPv4 addresses that an IPv6 address may stand for where they don't simply end it after a fixed network. Which of
// them are refused, and the forms that are networks of their own, are left to refused-address.ts.

/** In the 32 digits of the IPv6 address; the digits that are found together are those of the IPv4 address. */
const FORMS: readonly (readonly [form: RegExp, isFlipped?: 'flipped'])[] = [
  // NAT64 of a network's own (RFC 8215), after prefixes of 48, 56, 64 and 96 bits (RFC 6052): bits 64 to 71 are left out.
  [/^0064ff9b0001(.{4})..(.{4})/],
  [/^0064ff9b0001..(..)..(.{6})/],
  [/^0064ff9b0001.{4}..(.{8})/],
  [/^0064ff9b0001.{12}(.{8})$/],
  // Teredo (RFC 4380): its server, and the client with all bits flipped.
  [/^20010000(.{8})/],
  [/^20010000.{16}(.{8})$/, 'flipped'],
  // ISATAP (RFC 5214), in whichever network.
  [/^.{16}0[0-3]005efe(.{8})$/],
];

/** Network 0 is left out: most of these places hold nothing but zeros.
 *  @param ip an IPv6 address without a zone */
export function ipv4Among(ip: string): readonly string[] {
  const digits = digitsOf(ip);
  return FORMS.flatMap(([form, isFlipped]) => {
    const found = form.exec(digits)?.slice(1).join('');
    if (found === undefined) return [];
    const bytes = [...Buffer.from(found, 'hex')].map((byte) => (isFlipped ? 255 - byte : byte));
    return bytes[0] === 0 ? [] : [bytes.join('.')];
  });
}

/** All 32 digits of an IPv6 address, whose usual spelling leaves zeros out. */
function digitsOf(ip: string): string {
  const usual = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const [head = '', tail = ''] = usual.split('::').map(wordsOf);
  return head + tail.padStart(32 - head.length, '0');
}

function wordsOf(part: string): string {
  return part
    .split(':')
    .map((word) => (word === '' ? '' : word.padStart(4, '0')))
    .join('');
}
