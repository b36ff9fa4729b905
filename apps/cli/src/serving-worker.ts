// A thread of a sweep: one simulation for each message.
export { simulatePoint as default } from './commands/serving/sweep/simulate-point.js'
