/**
 * Reading traces from files in Node, one or several at once.
 *
 * @module
 */
export { parseCaptures } from './capture/capture-folder.js'
export { fileText, parseCaptureFile, parseExecutionTraceFile, parseFile } from './parse-file.js'
export { type ParseFilesOptions, parseFiles } from './parse-files.js'
