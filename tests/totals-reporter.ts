// Writes the totals of a test run as one plain line to the file that FLOWSIM_TEST_TOTALS names.
import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env.FLOWSIM_TEST_TOTALS
    if (path === undefined) return
    const totals = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) {
        const { state } = test.result()
        if (state !== 'pending') totals[state]++
      }
      // A file that could not be run at all has no tests to count.
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) {
        totals.failed++
      }
    }
    const { passed, failed, skipped } = totals
    const more = skipped > 0 ? `, ${skipped} skipped` : ''
    writeFileSync(path, `${passed} passed, ${failed} failed${more}\n`)
  }
}
