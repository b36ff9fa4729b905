import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { findHardware } from '@flowsim/perf-model/hardware'
import { renderReport } from '@flowsim/report'
import { describe, expect, it } from 'vitest'
import * as pipeline from './index.js'

describe('README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

  it('lists only what there is', () => {
    const listed = [...readme.matchAll(/^- (.*?):/gms)].flatMap(([, names]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    )
    expect(listed.length).toBeGreaterThan(10)
    expect(Object.keys(pipeline)).toEqual(expect.arrayContaining(listed))
  })

  it('shows a program that runs', async () => {
    const demo = fileURLToPath(
      new URL(
        '../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
        import.meta.url,
      ),
    )
    const code = /```ts\n(.*?)```/s.exec(readme)![1]!
    const printed: unknown[] = []
    const written = new Map<string, string>()
    const names = {
      ...{ classifyTrace, parseFile, findHardware, getModel, renderReport, ...pipeline },
      console: { log: (...values: unknown[]) => printed.push(...values) },
      writeFileSync: (path: string, text: string) => written.set(path, text),
    }
    const program = code.replace(/^import .*\n/gm, '').replace("'trace.json.gz'", 'demo')
    const run = new Function('demo', ...Object.keys(names), `return (async () => {${program}})()`)
    await run(demo, ...Object.values(names))
    expect(printed[0]).toMatchObject({ count: expect.any(Number) })
    expect(printed[1]).toBeGreaterThan(0)
    expect(printed[2]).toBeGreaterThan(0)
    expect(written.get('report.html')).toContain('my program')
  })
})
