import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalAnswer } from './answers.ts';

test.each([
  ['A', ' 192.0.2.1 ', '192.0.2.1'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['CNAME', 'WWW.Example.org.', 'www.example.org'],
  ['MX', '10  MX.example.org.', '10 mx.example.org'],
  ['SRV', '0 5 5060 sip.example.org.', '0 5 5060 sip.example.org'],
  ['NS', '.', '.'],
  ['TXT', '"v=spf1 " "-all"', 'v=spf1 -all'],
  ['TXT', 'v=DKIM1; p=AbC', 'v=DKIM1; p=AbC'],
  ['CAA', '0 issue "letsencrypt.org"', '0 issue letsencrypt.org'],
] as const)('%s %s is %s', (type, written, canonical) => {
  expect(canonicalAnswer(type, written)).toBe(canonical);
});

test('the canonical form is always its own canonical form, whatever the case and the last dot', () => {
  const name = fc.array(fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.nat(99), name, (priority, labels) => {
      const written = `${priority} ${labels.join('.')}`;
      const canonical = canonicalAnswer('MX', written);
      expect(canonicalAnswer('MX', canonical)).toBe(canonical);
      expect(canonicalAnswer('MX', `${written.toUpperCase()}.`)).toBe(canonical);
    }),
  );
});
