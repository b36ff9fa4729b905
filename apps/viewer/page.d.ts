// What the build gives for pages of results, whose HTML @flowsim/report writes.

/** Sorts tables and takes them along; ready for a script element. */
export declare const script: string
/** The style sheet. */
export declare const style: string
/** Hash of `script` for a content security policy: `sha256-…`. */
export declare const scriptHash: string
