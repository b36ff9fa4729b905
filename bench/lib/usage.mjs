// Preloaded into a measured Node process: writes its CPU seconds and peak memory as it exits.
import { appendFileSync } from 'node:fs'

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpuS = (userCPUTime + systemCPUTime) / 1e6
  appendFileSync(
    process.env.FLOWSIM_BENCH_USAGE,
    `${JSON.stringify({ cpuS, peakMiB: maxRSS / 1024 })}\n`,
  )
})
