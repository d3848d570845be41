/** npm passes the terminal's Ctrl-C on to us, so that one key press arrives twice. */
const SAME_KEY_PRESS_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignals {
  /** Aborted by the first signal. */
  readonly asked: AbortSignal;
  /** Settles with the second one. */
  readonly insisted: Promise<void>;
}

/** Listens for whoever wants this process to stop. */
export function listenForStop(): StopSignals {
  const asked = new AbortController();
  let askedAt = 0;
  const insisted = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      if (!asked.signal.aborted) {
        askedAt = performance.now();
        asked.abort();
      } else if (performance.now() - askedAt > SAME_KEY_PRESS_MS) resolve();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
  return { asked: asked.signal, insisted };
}
