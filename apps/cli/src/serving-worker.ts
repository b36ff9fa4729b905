// A thread of a sweep: one simulation for each message.
export { simulatePoint } from './commands/serving/sweep/simulate-point.js'
