// A thread of a sweep: one simulation for each message.
export { simulatePoint as default } from './serving/simulate-point.js'
