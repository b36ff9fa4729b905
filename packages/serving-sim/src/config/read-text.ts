/** Reads a file that a configuration names, relative to the configuration. */
export type ReadText = (path: string) => string
