/**
 * What needs Node's file system.
 *
 * @module
 */

export { makeFolder } from './make-folder.js'
