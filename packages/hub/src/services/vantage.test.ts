// Checks from several places: what agents answer or don't, and what the hub can't see. The agents are a function that
// answers as told; a real agent's client has its own tests.
import type { CheckResult } from '@guardia/checks';
import { type CheckSpec, COMBINED_LOCATION, GuardiaError } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hostOf } from './host.ts';
import { readCheckResult } from './read-check-result.ts';
import { configOf, DOWN, httpSpec, ID, kept, machine, pushSpec, setup, UNKNOWN, UP } from './test/setup.ts';

class AgentDown extends GuardiaError {
  readonly code = 'AGENT_DOWN';
}

const base = { timeoutMs: 1, retries: 0, degradedMs: null, allowLinkLocal: false };
const dnsBase = { ...base, type: 'dns', name: 'x.example', recordType: 'A', expectedAnswers: [] } as const;

async function several(answers: Readonly<Record<string, unknown>>, quorum = 2) {
  const asked: { location: string; spec: CheckSpec }[] = [];
  const made = await setup({
    checkAt: async (location, spec) => {
      asked.push({ location, spec });
      const answer = answers[location];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  onTestFinished(() => made.stop());
  const locations = ['hub', ...Object.keys(answers)];
  await made.services.apply([{ id: ID, config: configOf({ locations, quorum }) }]);
  return { ...made, made, asked };
}

describe('several locations', () => {
  test('are asked at once, each is stored, and what they amount to is the state of the service', async () => {
    const { services, checked, events, asked, made } = await several({ fra: UP, 'web-1': DOWN });
    made.answer = DOWN;
    const outcome = await services.checkNow(ID);
    expect(asked).toEqual(['fra', 'web-1'].map((location) => ({ location, spec: httpSpec() })));
    expect(outcome).toMatchObject({
      status: 'down',
      location: COMBINED_LOCATION,
      errorMessage: 'down from hub, web-1; up from fra: connection refused',
    });
    const { at } = outcome;
    expect(checked[0]!.located).toEqual([
      { ...kept(DOWN), targetId: ID, at, location: 'hub', latenessMs: 0 },
      { ...kept(UP), targetId: ID, at, location: 'fra', latenessMs: 0 },
      { ...kept(DOWN), targetId: ID, at, location: 'web-1', latenessMs: 0 },
    ]);
    expect(events).toEqual([{ type: 'service_check', at, targetId: ID, outcome }]);
    expect(services.find(ID)).toMatchObject({ status: 'down', located: checked[0]!.located });
  });

  test('rule 1: an agent that doesn’t answer, or with something else, is UNKNOWN and has no say', async () => {
    const { services, checked } = await several({
      fra: new AgentDown('10.0.0.5:51243: connection refused.'),
      'web-1': { status: 'fine' },
    });
    expect((await services.checkNow(ID)).status).toBe('up');
    expect(checked[0]!.located.slice(1)).toMatchObject([
      { status: 'unknown', errorMessage: "fra didn't check: 10.0.0.5:51243: connection refused." },
      {
        status: 'unknown',
        errorMessage:
          "web-1 didn't check: its answer is no result of a check: status must be one of up, degraded, down, unknown",
      },
    ]);
  });

  test('with one location nothing is added', async () => {
    const made = await setup({ checkAt: async () => UP });
    onTestFinished(() => made.stop());
    await made.services.apply([{ id: ID, config: configOf({ locations: ['fra'] }) }]);
    expect(await made.services.checkNow(ID)).toMatchObject({ status: 'up', location: 'fra' });
    expect([made.checked[0]!.located, made.started]).toEqual([[], []]);
  });
});

describe('rule 4: a hub that can’t see', () => {
  async function blind(quorum = 1) {
    const made = await several(quorum === 1 ? {} : { fra: UP }, quorum);
    let isUp = true;
    for (const name of ['a', 'b', 'c']) made.sight.saw(machine(name, () => isUp));
    return {
      ...made,
      lose: () => {
        isUp = false;
        made.made.answer = DOWN;
      },
    };
  }

  test('makes DOWN into UNKNOWN, says so, and alerts once', async () => {
    const { services, lose, alarm } = await blind();
    await services.checkNow(ID);
    lose();
    for (let i = 0; i < 3; i++) {
      expect(await services.checkNow(ID)).toMatchObject({
        status: 'unknown',
        errorMessage:
          "The hub can't see at the moment, so this may say nothing of the service: connection refused",
      });
    }
    expect(alarm.changes).toEqual(['raised hub hub_blind']);
  });

  test.each([
    [
      'a wrong status',
      { responseTimeMs: 3, httpStatusCode: 503, errorMessage: 'expected status 200, got 503' },
    ],
    ['a certificate that has expired', { sslExpiryDays: -1, errorMessage: 'expected a valid certificate' }],
  ])('is not what many services answering %s at once mean: they are DOWN', async (_, answer) => {
    const { services, made, alarm, sight } = await blind();
    made.answer = UP;
    const ids = ['svc_b', 'svc_c', 'svc_d', 'svc_e', 'svc_f'];
    const named = ids.map((id) => configOf({ name: id, check: httpSpec(`http://${id}.invalid/`) }));
    await services.apply(ids.map((id, i) => ({ id, config: named[i]! })));
    for (const name of ['a', 'b', 'c']) sight.forget(name);
    for (const id of ids) expect((await services.checkNow(id)).status).toBe('up');
    made.answer = { ...DOWN, ...answer };
    for (const id of ids) expect((await services.checkNow(id)).status).toBe('down');
    expect(alarm.changes).toEqual([]);
    // while what is really silent is still taken for blindness
    made.answer = DOWN;
    expect((await services.checkNow(ids[0]!)).status).toBe('unknown');
    expect(alarm.changes).toEqual(['raised hub hub_blind']);
  });

  test('is not doubted because of its own resolver, which answers whatever is lost', async () => {
    const { services, made } = await blind();
    const check: CheckSpec = { ...dnsBase, resolver: null };
    await services.apply([{ id: ID, config: configOf({ check }) }]);
    await services.checkNow(ID);
    for (const name of ['a', 'b', 'c']) made.sight.saw(machine(name, () => false));
    made.answer = { ...DOWN, responseTimeMs: 2, errorMessage: 'SERVFAIL' };
    expect((await services.checkNow(ID)).status).toBe('unknown');
    await services.apply([{ id: ID, config: configOf({ check: { ...check, resolver: '192.0.2.1' } }) }]);
    expect((await services.checkNow(ID)).status).toBe('down');
  });

  test('without any route sees nothing: one alert, and nothing else to judge', async () => {
    const { services, lose, made, checked, alarm } = await blind();
    await services.checkNow(ID);
    lose();
    made.answer = { ...UNKNOWN, errorMessage: 'there is no route from here' };
    await services.checkNow(ID);
    expect(checked.map(({ outcome, isBlind }) => [outcome.status, isBlind])).toEqual([
      ['up', false],
      ['unknown', true],
    ]);
    expect(alarm.changes).toEqual(['raised hub hub_blind']);
  });

  test('is not what each UNKNOWN means: others are asked once, not each time', async () => {
    const { services, made, checked, alarm, sight } = await blind();
    let asked = 0;
    sight.saw({
      ...machine('d', () => true),
      retry: async () => {
        asked += 1;
        return true;
      },
    });
    await services.checkNow(ID);
    made.answer = UNKNOWN;
    await services.checkNow(ID);
    await made.clock.advance(5_000);
    await services.checkNow(ID);
    expect(checked.map(({ isBlind }) => isBlind)).toEqual([false, false, false]);
    expect([asked, alarm.changes]).toEqual([1, []]);
  });

  test('has no say among several locations', async () => {
    const { services, lose } = await blind(2);
    lose();
    expect(await services.checkNow(ID)).toMatchObject({ status: 'up', location: COMBINED_LOCATION });
  });

  test('asks a service again quickly and once, when another fails', async () => {
    const { services, sight, started } = await blind();
    await services.checkNow(ID);
    for (const name of ['a', 'b', 'c']) sight.forget(name);
    sight.saw(machine('d', () => false));
    expect(await sight.confirm(machine('e', () => false))).toBe(false);
    expect(started[1]!.spec).toEqual({ ...httpSpec(), timeoutMs: 3_000 });
  });

  test('forgets a service that is not checked any more', async () => {
    const { services, sight, started } = await blind();
    await services.checkNow(ID);
    await services.apply([]);
    await sight.confirm(machine('e', () => false));
    expect(started.length).toBe(1);
  });
});

test('what a service or an agent says is one line of bounded length that every storage can hold', async () => {
  const { services, made } = await several({});
  const said = async (errorMessage: string) => {
    made.answer = { ...DOWN, errorMessage };
    return (await services.checkNow(ID)).errorMessage!;
  };
  expect(await said('a\0b\r\n\u001b[31mc')).toBe('a b [31mc');
  const long = await said(`${'x'.repeat(1_999)}\u{1f600}`);
  expect([long.length, long.isWellFormed()]).toEqual([2_000, true]);
});

describe('the result that an agent sends', () => {
  test('is read field by field', () => {
    const result: CheckResult = { ...UP, sslExpiryDays: -3, readings: { probe_http_redirects: 0 } };
    const sent = { ...result, readings: { ...result.readings, probe_x: Number.NaN }, more: 'ignored' };
    expect(readCheckResult(JSON.parse(JSON.stringify(sent)))).toEqual(result);
  });

  test.each([
    [null, 'the answer must be an object'],
    [[], 'the answer must be an object'],
    [{ ...UP, status: 'UP' }, 'status must be'],
    [{ ...UP, degradedBy: 'x' }, 'degradedBy must be'],
    [{ ...UP, errorMessage: 5 }, 'errorMessage must be a text or null'],
    [{ ...UP, responseTimeMs: '12' }, 'responseTimeMs must be a number from 0 to 86400000, or null'],
    [{ ...UP, responseTimeMs: -1 }, 'responseTimeMs must be a number from 0 to'],
    [{ ...UP, responseTimeMs: 1e300 }, 'responseTimeMs must be a number from 0 to'],
    [{ ...UP, responseTimeMs: Number.NaN }, 'responseTimeMs must be a number from 0 to'],
    [{ ...UP, httpStatusCode: 200.5 }, 'httpStatusCode must be a whole number from 100 to 999, or null'],
    [{ ...UP, httpStatusCode: -200 }, 'httpStatusCode must be a whole number from 100 to 999, or null'],
    [{ ...UP, sslExpiryDays: 2 ** 40 }, 'sslExpiryDays must be a whole number from -3000000 to 3000000'],
    [{ ...UP, readings: { a: 'b' } }, 'readings must be numbers from -1000000000000000 to 1000000000000000'],
    [{ ...UP, readings: { probe_x: 1e300 } }, 'readings must be numbers from'],
    [JSON.parse('{"status":"up","readings":{"probe_x":1e999}}'), 'readings must be numbers from'],
  ])('is refused otherwise: %j', (value, text) => {
    expect(() => readCheckResult(value)).toThrow(text);
  });

  test('is cut where its text is endless, and refused where its readings are', () => {
    const errorMessage = 'x'.repeat(100_000);
    expect(readCheckResult({ ...DOWN, errorMessage }).errorMessage!.length).toBe(2_000);
    const names = Array.from({ length: 201 }, (_, i) => `probe_x{n="${i}"}`);
    const readings = Object.fromEntries(names.map((name) => [name, 1]));
    expect(() => readCheckResult({ ...UP, readings })).toThrow('readings must be at most 200');
  });

  test('is kept without readings that no check has: it can make no series of its own', () => {
    const names = [
      'probe_x 1\nguardia_up',
      'probe_http_ssl{phase="\n"}',
      'cpu.usage',
      'probe_success',
      'probe_x1',
    ];
    const readings = JSON.parse(`{"__proto__":1,"probe_http_ssl":1}`);
    for (const name of names) readings[name] = 1;
    expect(readCheckResult({ ...UP, readings }).readings).toEqual({ probe_http_ssl: 1 });
  });

  test('says nothing that does not go with its status', () => {
    const said = { ...DOWN, errorMessage: 'refused', degradedBy: 'certificate' };
    const read = (status: string, more: object = {}) => {
      const { errorMessage, degradedBy } = readCheckResult({ ...said, status, ...more });
      return [errorMessage, degradedBy];
    };
    expect(read('up')).toEqual([null, null]);
    expect(read('down')).toEqual(['refused', null]);
    expect(read('unknown', { errorMessage: null })).toEqual(['its agent gave no reason', null]);
    expect(read('degraded', { degradedBy: null })).toEqual(['refused', 'expectation']);
  });
});

test('the machine that answers a check is known from its spec', () => {
  const dns = (resolver: string | null): CheckSpec => ({ ...dnsBase, resolver });
  const specs: CheckSpec[] = [
    httpSpec('https://user:pw@Shop.example:8443/x'),
    { ...base, type: 'ssh', host: '10.0.0.5', port: 22 },
    dns('10.0.0.1'),
    dns('10.0.0.1:53'),
    dns('fd00::1'),
    dns('[fd00::1]:53'),
    { ...base, type: 'docker', container: 'web', socket: '/run/docker.sock' },
    pushSpec(),
  ];
  expect(specs.map(hostOf)).toEqual([
    'shop.example',
    '10.0.0.5',
    '10.0.0.1',
    '10.0.0.1',
    'fd00::1',
    'fd00::1',
    'localhost',
    'localhost',
  ]);
  expect(hostOf(dns(null))).not.toBe('x.example');
});
