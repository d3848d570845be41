import type { BackendView, RoutingRequest } from './backend-view.js';
import { drawn } from './pick.policy.js';

/** The fractional part of the golden ratio. */
const GOLDEN = 0.618_033_988_749_894_9;

/** One after the other. */
export const nextInTurn = (views: readonly BackendView[], { turn }: RoutingRequest): BackendView | null =>
  views[turn % views.length] ?? null;

/**
 * Each as often as its weight says, and spread out: multiples of the golden ratio fall into any part of [0, 1) in
 * proportion to its length after any number of turns, nearly evenly (Weyl; Knuth, "The Art of Computer Programming" 3,
 * 6.4). Nothing is remembered but the turn.
 */
export const nextByWeight = (views: readonly BackendView[], { turn }: RoutingRequest): BackendView | null =>
  drawn(views, ({ weight }) => weight, (turn * GOLDEN) % 1);

export const anyByWeight = (views: readonly BackendView[], { dice }: RoutingRequest): BackendView | null =>
  drawn(views, ({ weight }) => weight, dice[0]);
