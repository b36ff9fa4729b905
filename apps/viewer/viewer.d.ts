// What the built viewer gives. Its page looks for `<script type="application/json" id="flowsim-data">` that
// holds a `ReportPage` of @flowsim/trace-schema.

/** The page's program, ready for a script element. */
export declare const script: string
/** The page's style sheet. */
export declare const style: string
/** Hash of `script` for a content security policy: `sha256-…`. */
export declare const scriptHash: string
/** Licences of the libraries in `script`. */
export declare const licenses: string
