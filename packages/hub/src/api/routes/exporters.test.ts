// Exporters as answered over HTTP.
import { describe, expect, it } from 'vitest';
import { exporter, seriesOf, targetsOf } from '../test/hub-parts.ts';
import { ADMIN, OPERATE, READ, setup, TOKENS } from '../test/setup.ts';

const SHOWN = {
  name: 'node web',
  target_id: 'exp_one',
  url: 'http://10.0.0.5:9100/metrics?token=***',
  health_status: 'up',
  last_scrape: '2026-03-01T12:00:00.000Z',
  samples: 507,
  duration_ms: 12.5,
  last_error: null,
  refused_series: 0,
  warning: null,
  interval_ms: 15_000,
  scrapes: 10,
  failed: 2,
  missed: 1,
  owner: 'file',
};

describe('exporters', () => {
  it('are listed', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/exporters')).json).toEqual({ exporters: [SHOWN], count: 1 });
  });

  it('say that they have more series than are kept', async () => {
    const series = { ...seriesOf([]).store, refusedSeries: (id: string) => (id === 'exp_one' ? 7 : 0) };
    const { ask } = await setup({ deps: { series } });
    const said = { refused_series: 7, warning: expect.stringMatching(/^7 series.*max_series_per_target/) };
    const { json } = await ask('/api/v1/exporters/exp_one');
    expect(json).toEqual({ ...SHOWN, ...said });
  });

  it('are listed page by page', async () => {
    const exporters = targetsOf([exporter(), exporter({ id: 'exp_two', name: 'probes' })]);
    const { ask } = await setup({ deps: { exporters } });
    expect((await ask('/api/v1/exporters?limit=1')).json).toMatchObject({
      exporters: [{ name: 'node web' }],
      next: '/api/v1/exporters?limit=1&offset=1',
    });
    expect((await ask('/api/v1/exporters?limit=1&offset=1')).json).toMatchObject({
      exporters: [{ name: 'probes' }],
    });
  });

  it.each(['node%20web', 'exp_one'])('are found as %s', async (name) => {
    const { ask } = await setup();
    expect((await ask(`/api/v1/exporters/${name}`)).json).toEqual(SHOWN);
  });

  it('that are unknown are 404', async () => {
    const { ask } = await setup();
    const unknown = { error: { code: 'NOT_FOUND', details: { field: 'exporter', value: 'nobody' } } };
    expect((await ask('/api/v1/exporters/nobody')).json).toMatchObject(unknown);
    const scrape = await ask('/api/v1/exporters/nobody/scrape', { method: 'POST' });
    expect([scrape.status, scrape.json]).toMatchObject([404, unknown]);
  });

  it('are scraped at once, and a failed scrape is an answer', async () => {
    const exporters = targetsOf([exporter()]);
    const { ask } = await setup({ deps: { exporters } });
    const answer = await ask('/api/v1/exporters/node%20web/scrape', { method: 'POST' });
    expect([answer.status, answer.json]).toEqual([
      200,
      { name: 'node web', ok: false, samples: null, duration_ms: 3.5, error: 'connection refused' },
    ]);
    expect(exporters.polled).toEqual(['exp_one']);
  });

  it('are scraped at once only by who may operate', async () => {
    const { ask } = await setup({ config: { tokens: TOKENS } });
    const statuses = [];
    for (const token of [READ, OPERATE, ADMIN]) {
      statuses.push((await ask('/api/v1/exporters/exp_one/scrape', { method: 'POST', token })).status);
    }
    expect(statuses).toEqual([403, 200, 200]);
  });
});
