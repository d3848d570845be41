import type { BeganMessage, StreamMessage } from '#common/contracts/job-stream.js';

export interface StreamListener {
  hear(message: StreamMessage | BeganMessage): void;
  /** Messages may have got lost. */
  miss(): void;
}

/** Who in this process listens to the tokens of a job. */
export class StreamListeners {
  private readonly listeners = new Map<string, Set<StreamListener>>();

  /** The answer ends it. */
  listen(jobId: string, listener: StreamListener): () => void {
    const listeners = this.listeners.get(jobId) ?? new Set();
    this.listeners.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(jobId) === listeners) this.listeners.delete(jobId);
    };
  }

  hear(message: StreamMessage | BeganMessage): void {
    for (const listener of this.listeners.get(message.id) ?? []) listener.hear(message);
  }

  miss(): void {
    for (const listeners of this.listeners.values()) for (const listener of listeners) listener.miss();
  }
}
