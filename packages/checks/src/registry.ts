// The types of check that are run, by the `type` of their spec. Adding one is a folder and one line here; `push` is
// missing, because nothing is asked there: whoever keeps the services judges the silence.
import type { CheckSpec, PushCheckSpec } from '@guardia/model';
import type { Check, CheckContext, CheckResult } from './check.ts';
import { runDnsCheck } from './dns/dns-check.ts';
import { runDockerCheck } from './docker/docker-check.ts';
import { runHttpCheck } from './http/http-check.ts';
import { runIcmpCheck } from './icmp/icmp-check.ts';
import { runPostgresCheck } from './postgres/postgres-check.ts';
import { runRedisCheck } from './redis/redis-check.ts';
import { runSmtpCheck } from './smtp/smtp-check.ts';
import { runSshCheck } from './ssh/ssh-check.ts';
import { runSystemdCheck } from './systemd/systemd-check.ts';
import { runTcpCheck } from './tcp/tcp-check.ts';
import { runTlsCheck } from './tls/tls-check.ts';

/** A check that asks something. */
export type RunnableSpec = Exclude<CheckSpec, PushCheckSpec>;

export const checks: {
  readonly [Type in RunnableSpec['type']]: Check<Extract<RunnableSpec, { type: Type }>>;
} = {
  dns: { run: runDnsCheck },
  docker: { run: runDockerCheck },
  http: { run: runHttpCheck },
  icmp: { run: runIcmpCheck },
  postgres: { run: runPostgresCheck },
  redis: { run: runRedisCheck },
  smtp: { run: runSmtpCheck },
  ssh: { run: runSshCheck },
  systemd: { run: runSystemdCheck },
  tcp: { run: runTcpCheck },
  tls: { run: runTlsCheck },
};

/** Runs a check of any type. See {@link Check.run}. */
export function runCheck(spec: RunnableSpec, context: CheckContext): Promise<CheckResult> {
  // The registry's types say that a type's check takes its spec, which TypeScript can't follow through the index.
  return (checks[spec.type] as Check<RunnableSpec>).run(spec, context);
}
