import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { EVENTS, H100 } from '../testing/events.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'
import { defaultFolder } from './trace-name.js'

const folder = testFolder()
afterEach(() => vi.restoreAllMocks())

it.each([
  ['traces/x.pt.trace.json.gz', 'x-flowsim'],
  ['traces/', 'traces-flowsim'],
  ['runs/deployment.yaml', 'deployment-flowsim'],
])('what is made of %s goes to %s', (input, output) => {
  expect(defaultFolder(input)).toBe(output)
})

it('a command without -o writes into that folder here, and lists each file', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  const path = join(folder, 'x.json')
  writeFileSync(path, JSON.stringify({ ...H100, traceEvents: EVENTS }))
  const { code, out } = await flowsim('run', path)
  expect(code).toBe(0)
  const listed = out.split('\n').flatMap((line) => /(?:^|report: )(\/.*)$/.exec(line)?.[1] ?? [])
  for (const name of ['x.kernels.csv', 'summary.json', 'kernels.csv', 'report.html']) {
    expect(listed).toContain(join(folder, 'x-flowsim', name))
  }
  expect(listed.filter((file) => !existsSync(file))).toEqual([])
})

it('ranks that are given twice are refused', async () => {
  const { code, err } = await flowsim('analyze', 'x.json', '--ranks', '3', '--rank', '4')
  expect(code).toBe(2)
  expect(err).toMatch(/given twice/)
})
