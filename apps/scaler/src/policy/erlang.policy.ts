/** Jobs that arrive at random at a queue before `slots` slots. */
export interface Station {
  /** Offered load: arrivals per second times mean service time; the slots that are busy on average. */
  readonly offered: number;
  /** Mean service time, in seconds. */
  readonly service_s: number;
  /** Squared coefficient of variation of the service time: 1 for an exponential one. */
  readonly scv: number;
}

/** What may happen to a job: at most `share_over` of them wait longer than `wait_s` seconds. */
export interface WaitPromise {
  readonly wait_s: number;
  readonly share_over: number;
}

/**
 * Erlang's C formula: the probability that a job finds all slots busy. Computed from Erlang's B by the recursion
 * B(0) = 1, B(k) = aB(k−1) / (k + aB(k−1)) (Kleinrock, Queueing Systems I, 3.5 and 3.6). 1 when the load is not sustained.
 */
export function probabilityOfWaiting(slots: number, offered: number): number {
  return cOf(slots, offered, erlangB(slots, offered));
}

/**
 * The probability that a job waits longer than `wait_s`: C(s,a) · e^{−(s−a)·T / (S·v)}, v = (1 + cs²)/2. Exact for exponential service;
 * otherwise the scaling of the mean wait by v as Allen and Cunneen have it.
 */
export function shareOverWait(slots: number, station: Station, wait_s: number): number {
  return tail(slots, station, { wait_s, erlangB: erlangB(slots, station.offered) });
}

/** The least number of slots that keeps the promise, `most` when none up to it does. */
export function leastSlots(station: Station, promise: WaitPromise, most: number): number {
  if (station.offered <= 0) return 0;
  let b = 1;
  for (let slots = 1; slots < most; slots += 1) {
    b = nextB(slots, station.offered, b);
    if (tail(slots, station, { wait_s: promise.wait_s, erlangB: b }) <= promise.share_over) return slots;
  }
  return most;
}

function erlangB(slots: number, offered: number): number {
  let b = 1;
  for (let k = 1; k <= slots; k += 1) b = nextB(k, offered, b);
  return b;
}

const nextB = (k: number, offered: number, b: number): number => (offered * b) / (k + offered * b);

function cOf(slots: number, offered: number, b: number): number {
  if (offered <= 0) return 0;
  if (slots <= offered) return 1;
  return (slots * b) / (slots - offered * (1 - b));
}

function tail(
  slots: number,
  { offered, service_s, scv }: Station,
  { wait_s, erlangB: b }: { readonly wait_s: number; readonly erlangB: number },
): number {
  if (slots <= offered) return offered <= 0 ? 0 : 1;
  const variability = (1 + scv) / 2;
  return cOf(slots, offered, b) * Math.exp((-(slots - offered) * wait_s) / (service_s * variability));
}
