/** How a link is: `slow` delays every piece and passes on so many bytes in a second, each way and connection. */
export type Weather =
  | { readonly kind: 'clear' }
  | { readonly kind: 'slow'; readonly delayMs: number; readonly bytesPerSecond: number }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'refused' };
