/** The rate goes evenly to `to` within `seconds`; in 0 s it jumps. */
export interface Stage {
  readonly seconds: number;
  readonly to: number;
}

interface Piece extends Stage {
  readonly from: number;
  readonly beginsAt: number;
  /** How many arrivals are due before it. */
  readonly before: number;
}

/** A rate over time, in arrivals per second, that goes straight from one stage to the next. It may as well be a number of callers. */
export class RateProfile {
  readonly seconds: number;
  /** How many arrivals are due in all: the area below the rate. */
  readonly total: number;
  readonly greatest: number;
  readonly isConstant: boolean;
  private readonly pieces: readonly Piece[];

  constructor(stages: readonly Stage[], from = 0) {
    const pieces: Piece[] = [];
    let [rate, beginsAt, before] = [from, 0, 0];
    for (const stage of stages) {
      if (stage.seconds > 0) pieces.push({ ...stage, from: rate, beginsAt, before });
      beginsAt += stage.seconds;
      before += ((rate + stage.to) / 2) * stage.seconds;
      rate = stage.to;
    }
    this.pieces = pieces;
    this.seconds = beginsAt;
    this.total = before;
    this.isConstant = pieces.every((piece) => piece.from === piece.to && piece.to === rate);
    this.greatest = Math.max(from, ...stages.map(({ to }) => to));
  }

  static constant(perSecond: number, seconds: number): RateProfile {
    return new RateProfile([{ seconds, to: perSecond }], perSecond);
  }

  /** 0 before the beginning and after the end. */
  at(seconds: number): number {
    const piece = this.pieces.find(
      (each) => seconds >= each.beginsAt && seconds < each.beginsAt + each.seconds,
    );
    if (piece === undefined) return 0;
    return piece.from + (piece.to - piece.from) * ((seconds - piece.beginsAt) / piece.seconds);
  }

  /** When so many arrivals are due, in seconds. `count` need not be whole, and is less than the total. */
  secondsOf(count: number): number {
    const piece = this.pieces.findLast(({ before, from, to }) => before <= count && from + to > 0);
    if (piece === undefined) return this.seconds;
    const { from, to, seconds, beginsAt, before } = piece;
    const rest = count - before;
    if (rest === 0 && from === 0) return beginsAt;
    // The root of from × t + (to − from) × t² ÷ (2 × seconds) = rest, in the form that does not divide by to − from.
    const root = Math.sqrt(Math.max(0, from ** 2 + (2 * rest * (to - from)) / seconds));
    return beginsAt + Math.min(seconds, (2 * rest) / (from + root));
  }
}
