// What needs Node's file system.
export { makeFolder } from './make-folder.js'
