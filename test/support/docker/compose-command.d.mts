export declare function composeCommand(): readonly [string, ...string[]] | null;
export declare function whyNoCompose(): string | null;
