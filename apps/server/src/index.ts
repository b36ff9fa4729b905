export { ServerError, type ServerErrorCode } from './errors.js'
export type { ServerOptions } from './options.js'
export { type RunningServer, startServer } from './server.js'
export { simulateTask } from './tasks/simulate-task.js'
