/**
 * The program behind the command `flowsim`, for those who want to run it within their own process.
 *
 * @module
 */
export { main } from './program/main.js'
export { version } from './version.js'
