export function findChromium(): string | null;
export function whyNoBrowser(): string | null;
