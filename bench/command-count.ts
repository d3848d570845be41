/** One line of MONITOR: a command that a client sent, or that a script ran. */
export interface MonitoredCommand {
  readonly isFromScript: boolean;
  readonly words: readonly string[];
}

export interface CommandCount {
  /** Sent by clients on the queue's keys: BullMQ's own. */
  readonly queue: number;
  /** Sent by clients for one job: admission, begin, settlement. */
  readonly job: number;
  /** Sent by clients for many jobs or none: the recorder's batches, heartbeats, health. */
  readonly shared: number;
  /** Run inside scripts. */
  readonly inScripts: number;
}

/** `queuePrefix` begins every key of the queue, `jobWord` is in every command of ours that is for one job. */
export interface CommandWords {
  readonly queuePrefix: string;
  readonly jobWord: string;
}

export function countCommands(
  commands: readonly MonitoredCommand[],
  { queuePrefix, jobWord }: CommandWords,
): CommandCount {
  const fromClients = commands.filter(({ isFromScript }) => !isFromScript);
  const isQueues = ({ words }: MonitoredCommand): boolean =>
    words.some((word) => word.startsWith(queuePrefix));
  const isJobs = ({ words }: MonitoredCommand): boolean => words.some((word) => word.startsWith(jobWord));
  const queue = fromClients.filter(isQueues).length;
  const job = fromClients.filter((command) => !isQueues(command) && isJobs(command)).length;
  return {
    queue,
    job,
    shared: fromClients.length - queue - job,
    inScripts: commands.length - fromClients.length,
  };
}

export function perJob(count: CommandCount, jobs: number): CommandCount {
  return {
    queue: count.queue / jobs,
    job: count.job / jobs,
    shared: count.shared / jobs,
    inScripts: count.inScripts / jobs,
  };
}
