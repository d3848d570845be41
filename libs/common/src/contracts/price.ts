import type { PriceConfig } from '#common/config/config-file.js';
import type { Usage } from './generation.js';
import { patternFit } from './model-pattern.js';

/** Redis counts money in billionths of a dollar: whole numbers that doubles hold exactly up to nine million dollars. */
export const NANO_PER_USD = 1e9;

/** The price of the pattern that fits a model best; null when none does: then nobody knows what it costs. */
export function priceOf(prices: Readonly<Record<string, PriceConfig>>, model: string): PriceConfig | null {
  let best: { readonly fit: number; readonly price: PriceConfig } | null = null;
  for (const [pattern, price] of Object.entries(prices)) {
    const fit = patternFit(pattern, model);
    if (fit !== null && fit > (best?.fit ?? -1)) best = { fit, price };
  }
  return best?.price ?? null;
}

/** What a usage costs, in dollars. */
export function costUsd(price: PriceConfig, { input_tokens, output_tokens }: Usage): number {
  return (
    (input_tokens * price.input_usd_per_million + output_tokens * price.output_usd_per_million) / 1_000_000
  );
}
