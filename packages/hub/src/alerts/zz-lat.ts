import { mkdtempSync } from 'node:fs';
import { openStateDb } from '@guardia/db';
import { ActorSystem, supervisor } from '@guardia/kernel';
import { createAlerts } from './alerts.ts';
import { ALERT_MIGRATIONS, type AlertTables } from './tables.ts';
const db = await openStateDb<AlertTables>({ path: mkdtempSync('/tmp/lat-') + '/s.db', migrations: ALERT_MIGRATIONS });
const system = new ActorSystem();
const lat: number[] = []; const obs: number[] = []; const eval_: number[] = [];
const started = new Map<string, number>();
const alerts = createAlerts({ db, system, owner: 'hub', random: Math.random, publish() {}, log: { warn: console.error } as any });
await alerts.setNotifiers([{ name: 'ops', kind: 'x', async send(n) { if (n.kind==='firing') lat.push(performance.now() - started.get(n.alert.targetId + n.kind)!); await new Promise(r => setTimeout(r, 5)); return { type: 'delivered', detail: '' }; }, async close() {} }]);
await system.spawn(supervisor({ children: [alerts.spec] }));
const N = 1000;
const keys = ['cpu.usage', 'memory.used_percent', 'load.per_core', 'disk.used_percent{mount="/"}', 'disk.used_percent{mount="/d"}', 'temperature.celsius{sensor="a"}'];
while (keys.length < 100) keys.push('x.' + keys.length);
const rules = (['usage', 'memory', 'disk', 'load', 'temperature', 'unreachable'] as const).map(rule => ({ rule, limit: rule === 'unreachable' ? null : 90, grace: 1, severity: 'warning' as const, notifiers: ['ops'] }));
await alerts.ingest.configure(Array.from({ length: N }, (_, i) => ({ id: 'srv_' + i, name: 'n' + i, address: 'a', rules })));
const mode = process.argv[2];
const layouts = Array.from({ length: N }, () => ({ keys }));
const one = async (i: number, hot: boolean) => { const values = new Float64Array(100).fill(10); if (hot) values[0] = 99; const id = 'srv_' + i; if (hot) started.set(id + 'firing', performance.now()); const t = performance.now(); await alerts.ingest.observe({ type: 'frame', frame: { targetId: id, at: Date.now(), layout: layouts[i]!, values } }); (hot ? obs : eval_).push(performance.now() - t); };
const cpu0 = process.cpuUsage(); const t0 = performance.now();
for (let round = 0; round < 3; round++) {
  await Promise.all(Array.from({ length: N }, async (_, i) => { await new Promise(r => setTimeout(r, i * 5)); await one(i, mode === 'all' ? round === 1 : Math.random() < 0.05); }));
}
if (mode === 'storm') { lat.length = 0; await Promise.all(Array.from({ length: N }, (_, i) => one(i, true))); await new Promise(r => setTimeout(r, 5000)); }
const c = process.cpuUsage(cpu0);
const p = (a: number[], q: number) => a.sort((x, y) => x - y)[Math.floor(a.length * q)]?.toFixed(2);
console.log(mode, 'deliveries', lat.length, 'p50', p(lat, .5), 'p99', p(lat, .99), 'max', p(lat, .9999), 'observe firing p99', p(obs, .99), 'healthy p50', p(eval_, .5), 'p99', p(eval_, .99), 'cpu %', ((c.user + c.system) / 10 / (performance.now() - t0)).toFixed(1));
await system.shutdown(); await alerts.stop(); await db.close();
