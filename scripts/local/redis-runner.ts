export interface RedisSettings {
  /** Absolute. */
  readonly directory: string;
  readonly port: number;
  readonly appendonly: boolean;
}

/** One run of a Redis server, from its start to its end. */
export interface RunningRedis {
  /** Null in a container. */
  readonly pid: number | null;
  readonly ended: Promise<void>;
  isRunning(): boolean;
  logSoFar(): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/** A way of running Redis on this machine: starts the server, does not wait until it answers. */
export type RedisRunner = (settings: RedisSettings) => Promise<RunningRedis>;
