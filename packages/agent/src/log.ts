// Where the agent says what people should know. It logs a few lines in its life, never one per request.

export interface AgentLog {
  info(line: string): void;
  warn(line: string): void;
}

/** Lines with their level, as systemd and container engines collect them. */
export function lineLog(write: (line: string) => void): AgentLog {
  return {
    info: (line) => write(`info: ${line}\n`),
    warn: (line) => write(`warning: ${line}\n`),
  };
}
