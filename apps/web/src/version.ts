declare const FLOWSIM_VERSION: string

/** Version of the app, set when it is built. */
export const version: string = FLOWSIM_VERSION
