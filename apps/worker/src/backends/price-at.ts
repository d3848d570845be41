import type { ConfigFile } from '#common/config/config-file.js';
import type { PriceConfig } from '#common/config/words.js';
import { priceOf } from '#common/contracts/price.js';

/** A backend's own price of a model comes before the common one. */
export function priceAt(
  own: ConfigFile['prices'],
  common: ConfigFile['prices'],
  model: string,
): PriceConfig | null {
  return priceOf(own, model) ?? priceOf(common, model);
}
