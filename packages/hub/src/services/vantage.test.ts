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
    [{ ...UP, responseTimeMs: '12' }, 'responseTimeMs must be a finite number or null'],
    [{ ...UP, httpStatusCode: 1.5 }, 'httpStatusCode must be a whole number or null'],
    [{ ...UP, sslExpiryDays: 2 ** 40 }, 'sslExpiryDays must be a whole number or null'],
    [{ ...UP, readings: { a: 'b' } }, 'readings must be finite numbers'],
    [{ ...UP, readings: { 'probe_x 1\nguardia_up': 1 } }, 'readings must be named probe_'],
    [{ ...UP, readings: { 'probe_x{phase="\n"}': 1 } }, 'readings must be named probe_'],
    [{ ...UP, readings: { 'cpu.usage': 1 } }, 'readings must be named probe_'],
    [JSON.parse('{"status":"up","readings":{"__proto__":1}}'), 'readings must be named probe_'],
  ])('is refused otherwise: %j', (value, text) => {
    expect(() => readCheckResult(value)).toThrow(text);
  });

  test('is cut where its text is endless', () => {
    const errorMessage = 'x'.repeat(100_000);
    expect(readCheckResult({ ...DOWN, errorMessage }).errorMessage!.length).toBe(2_000);
  });
});

test('the machine that answers a check is known from its spec', () => {
  const base = { timeoutMs: 1, retries: 0, degradedMs: null, allowLinkLocal: false };
  const dns = (resolver: string | null): CheckSpec => ({
    ...base,
    type: 'dns',
    name: 'x.example',
    recordType: 'A',
    resolver,
    expectedAnswers: [],
  });
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
