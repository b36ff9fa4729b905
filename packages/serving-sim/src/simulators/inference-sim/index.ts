// inference-sim (BLIS) in the two versions that people compare with: at its head, and as its README of
// November 2025 has it.
export { inferenceSim } from './head/index.js'
export { inferenceSim2025 } from './v2025/index.js'
