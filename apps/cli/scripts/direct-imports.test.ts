import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withDirectImports } from './direct-imports.js'

const packages = join(import.meta.dirname, '../../../packages')
const direct = (text: string) => withDirectImports(text, packages).replaceAll(packages, '')

test('a function is imported from the file that defines it', () => {
  expect(direct("import { costOf, type Plan, planPage as page } from '@flowsim/planner'\n")).toBe(
    'import { costOf as costOf } from "/planner/src/cost/cost-of.ts";' +
      'import { planPage as page } from "/planner/src/page/plan-page.ts"\n',
  )
})

test('names that an index takes from all of another file are found', () => {
  expect(direct("export { seconds } from '@flowsim/report'\n")).not.toContain('report/src/index')
})

test.each([
  "import type { Plan } from '@flowsim/planner'\n",
  "import { version } from '@flowsim/server'\n",
  "import { sum } from 'd3-array'\n",
  "import { opWork } from '@flowsim/trace-schema'\n",
])('%j stays', (text) => {
  expect(direct(text)).toBe(text)
})
