import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'
import { checkConditions, type Metric, readCondition, reportChecks } from './fail-if.js'

const folder = testFolder()
const METRICS: Record<string, Metric> = {
  busy: { before: 10e6, value: 11e6, secondsPerUnit: 1e-9 },
  kernels: { before: 10, value: 10 },
  'ttft.p99S': { value: 0.8, secondsPerUnit: 1 },
  step: { before: null, value: 3, secondsPerUnit: 1e-9 },
  new: { before: 0, value: 4 },
  mape: { value: 0.12 },
}
const check = (text: string) =>
  checkConditions([readCondition(text)], (name) => METRICS[name], {
    text: 'some',
    names: Object.keys(METRICS),
  })[0]!

describe('a condition', () => {
  it.each([
    ['busy>+5%', true],
    ['busy>+10.5%', false],
    ['busy > +900us', true],
    ['busy>+1ms', false],
    ['busy>=+1ms', true],
    ['busy>10.5ms', true],
    ['busy<-1%', false],
    ['busy>-5%', true],
    ['kernels>+0', false],
    ['kernels>9', true],
    ['kernels<=10', true],
    ['ttft.p99S>1', false],
    ['ttft.p99S>500ms', true],
    ['mape>10%', true],
    ['mape>0.2', false],
    ['new>+5%', true],
    ['step>+3%', true],
  ])('%s of these numbers: fails %s', (text, failed) => {
    expect(check(text).failed).toBe(failed)
  })

  it('tells both values, and what is not known', () => {
    expect(check('busy>+5%').why).toBe('from 10 ms to 11 ms, +10.0 %')
    expect(check('ttft.p99S>1').why).toBe('it is 800 ms')
    expect(check('step>+3%').why).toBe('its value is not known')
  })

  it('is refused where it cannot be checked', () => {
    expect(() => readCondition('busy is high')).toThrow(/not a condition such as/)
    expect(() => check('bussy>1')).toThrow('there is no bussy; there are some; did you mean busy?')
    expect(() => check('mape>+1%')).toThrow(/there is one input/)
    expect(() => check('kernels>1ms')).toThrow(/not a time/)
    expect(() => check('busy<1')).toThrow('busy is a time; give its limit a unit, such as 2ms')
  })
})

it('a limit that says nothing is refused', () => {
  expect(() => check('busy>5%')).toThrow('busy is a time; a share is of its change')
  expect(() => readCondition('mape>1e400')).toThrow('beyond what a number holds')
})

it('control characters in names of files do not reach the files of a pipeline', async () => {
  const files = { junit: join(folder, 'evil.xml'), summary: join(folder, 'evil.md') }
  await reportChecks([], files, { title: 'diff a\u001b[31m\nb', isJson: true })
  for (const path of Object.values(files)) {
    expect(readFileSync(path, 'utf8')).toContain('diff a\\u001b[31m b')
  }
})

it('pipelines get test cases, a table and an exit code', async () => {
  const checks = ['busy>+5%', 'kernels>+0'].map(check)
  const before = process.exitCode
  const [junit, summary] = [join(folder, 'a.xml'), join(folder, 'a.md')]
  await reportChecks(checks, { junit, summary }, { title: 'a < b', isJson: true })
  expect(process.exitCode).toBe(1)
  process.exitCode = before
  const xml = readFileSync(junit, 'utf8')
  expect(xml).toContain('<testsuite name="a &lt; b" tests="2" failures="1" errors="0">')
  expect(xml).toMatch(
    /<testcase classname="flowsim" name="busy>\+5%">\s*<failure message="from 10 ms/,
  )
  expect(readFileSync(summary, 'utf8')).toBe(`### a < b

| | fails if | |
| --- | --- | --- |
| **failed** | \`busy>+5%\` | from 10 ms to 11 ms, +10.0 % |
| ok | \`kernels>+0\` | from 10 to 10 |
`)
})

describe('commands that take conditions', () => {
  const demo = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'

  it('diff compares a trace with itself', async () => {
    const run = (condition: string) => flowsim('diff', demo, demo, '--fail-if', condition, '--json')
    const same = await run('busy>+0%')
    expect([same.code, JSON.parse(same.out).checks]).toMatchObject([0, [{ failed: false }]])
    expect(await run('matmul.count>=+0')).toMatchObject({ code: 1 })
    expect(await run('mattmul>+1%')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/there is no mattmul.*did you mean matmul\?/),
    })
  })

  it('kernels are those that parse counts, without copies and fills', async () => {
    const parsed = await flowsim('parse', demo, '-o', join(folder, 'parsed'), '--json')
    const { count } = JSON.parse(parsed.out).kernels
    const run = await flowsim('diff', demo, demo, '--fail-if', 'kernels>0', '--json')
    expect(JSON.parse(run.out).checks[0].why).toBe(`from ${count} to ${count}`)
  })

  it.each(['--junit', '--summary'])('%s without a condition is refused', async (flag) => {
    const path = join(folder, 'none')
    expect(await flowsim('diff', demo, demo, flag, path)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${flag}: there is no condition to tell of; add --fail-if`),
    })
    expect(existsSync(path)).toBe(false)
  })
})
