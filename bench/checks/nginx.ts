// The far side of the checks: Debian's nginx as one unprivileged process on loopback, which also counts what it was asked.
// Who asks it, and how often, is left to the parts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../hub/prometheus.ts';
import { haveProgram, startPeer } from '../storage/peer.ts';

const BINARY = '/usr/sbin/nginx';
/** Connections are short: this stays below the usual limit of open files. */
const CONNECTIONS = 900;

export interface Nginx {
  /** So many addresses that all answer 200. */
  urls(count: number): string[];
  /** Requests that it has answered so far, other than those of this question. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws when it isn't installed and can't be */
export async function startNginx(parent: string): Promise<Nginx> {
  if (!haveProgram(BINARY, 'nginx-light')) throw new Error('install the Debian package nginx-light');
  const folder = join(parent, 'nginx');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port));
  const url = `http://127.0.0.1:${port}`;
  const server = await startPeer('nginx', [BINARY, '-e', 'stderr', '-p', folder, '-c', file], url, '/status');
  let questions = 1;
  return {
    urls: (count) => Array.from({ length: count }, (_, i) => `${url}/target/${i}`),
    async requests() {
      questions += 1;
      const status = await server.ask('/status');
      // accepted, handled, requests
      const [, requests] = /^ \d+ \d+ (\d+) $/m.exec(status) ?? [];
      return Number(requests) - questions;
    },
    stop: () => server.stop(),
  };
}

/** Every path that nginx writes to stands within the folder, so that it needs no rights beyond. */
function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections ${CONNECTIONS}; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type text/plain;
    location = /status { stub_status; }
    location / { return 200 "ok\\n"; }
  }
}
`;
}
