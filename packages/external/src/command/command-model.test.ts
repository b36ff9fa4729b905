import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerfModelError, roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { builtAsker, builtWorker } from '../testing/command-worker.js'
import { CommandModel, type CommandModelOptions } from './command-model.js'

const folder = mkdtempSync(join(tmpdir(), 'flowsim-command-'))
let workerUrl: URL
let askerPath: string
beforeAll(async () => {
  workerUrl = await builtWorker(folder)
  askerPath = await builtAsker(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let model: CommandModel
afterEach(() => model.close())

let programs = 0
/** A program that answers each question, `asked`, with what `body` gives to `say`. */
function program(body: string, options: CommandModelOptions = {}): CommandModel {
  const path = join(folder, `program-${programs++}.mjs`)
  writeFileSync(
    path,
    `import { createInterface } from 'node:readline'
     const say = (answer) => process.stdout.write(typeof answer === 'string' ? answer : JSON.stringify(answer) + '\\n')
     let count = 0
     createInterface({ input: process.stdin }).on('line', (line) => { const asked = JSON.parse(line); count++; ${body} })`,
  )
  model = new CommandModel([process.execPath, path], { workerUrl, ...options })
  return model
}

const matmul = (m: number): OpCall => ({ op: 'matmul', dtype: 'bf16', m, n: 256, k: 512 }) as OpCall
const h100 = findHardware('h100_sxm')

describe('a program as a latency model', () => {
  it('is asked with the operation and the whole device, and answers with its time', () => {
    program(`
      const { op, dims, dtype, hardware, options } = asked
      if (op !== 'matmul' || dtype !== 'bf16' || hardware.name !== 'h100_sxm' || options.l2 !== 'warm') say({ id: asked.id, unsupported: line })
      else say({ id: asked.id, seconds: dims.m * 1e-6, p10: dims.m * 0.5e-6, p90: dims.m * 2e-6, source: 'mine' })`)
    const estimate = model.estimate(matmul(8), h100, { l2: 'warm' })
    expect(estimate).toMatchObject({ latencyS: 8e-6, p10S: 4e-6, p90S: 16e-6, model: 'command' })
    expect(estimate.notes).toContain('mine')
    const { computeS, memoryS, launchS, networkS } = estimate.parts
    expect(computeS + memoryS + launchS + networkS).toBeCloseTo(8e-6, 12)
  })

  it('takes its bounds from the roofline model where the program gives none', () => {
    program('say({ id: asked.id, seconds: 1 })')
    const base = roofline.estimate(matmul(8), h100)
    const { p10S, p90S } = model.estimate(matmul(8), h100)
    expect(p10S).toBeCloseTo(base.p10S / base.latencyS, 9)
    expect(p90S).toBeCloseTo(base.p90S / base.latencyS, 9)
  })

  it('is asked the same question once, and several at once in any order', () => {
    program(`
      globalThis.held = [...(globalThis.held ?? []), asked]
      if (held.length === 3) { for (const each of held.reverse()) say({ id: each.id, seconds: each.dims.m }); held = [] }`)
    const calls = [1, 2, 3].map(matmul)
    model.prepare([...calls, ...calls].map((call) => ({ call, hardware: h100 })))
    expect(calls.map((call) => model.estimate(call, h100).latencyS)).toEqual([1, 2, 3])
    expect(model.faults).toEqual({ count: 0, first: null, strayLines: 0 })
  })

  it('never has more questions than it may', () => {
    program(
      `globalThis.open = (globalThis.open ?? 0) + 1
       if (open > 2) say({ id: asked.id, unsupported: 'too many' })
       setTimeout(() => { open--; say({ id: asked.id, seconds: 1 }) }, 2)`,
      { inFlight: 2 },
    )
    model.prepare(Array.from({ length: 10 }, (_, m) => ({ call: matmul(m + 1), hardware: h100 })))
    expect(model.faults.count).toBe(0)
    for (let m = 1; m <= 10; m++) expect(model.supports(matmul(m), h100)).toBe(true)
  })
})

describe('a program that does not answer well', () => {
  it('may say that it has no answer', () => {
    program("say({ id: asked.id, unsupported: 'no such kernel' })")
    expect(model.supports(matmul(1), h100)).toBe(false)
    expect(() => model.estimate(matmul(1), h100)).toThrow(
      new PerfModelError('unsupported_op', 'command: matmul: no such kernel', 'op'),
    )
    expect(model.faults.count).toBe(0)
  })

  it.each([
    ['seconds: -1', '{ seconds: -1 }'],
    ['seconds: "1"', "{ seconds: '1' }"],
    ['seconds: missing', '{}'],
    ['p10: 2', '{ seconds: 1, p10: 2 }'],
    ['p90: 0.5', '{ seconds: 1, p90: 0.5 }'],
    ['error: broken', "{ error: 'broken' }"],
  ])('has %s counted, and no time made of it', (words, answer) => {
    program(`say({ id: asked.id, ...${answer} })`)
    expect(() => model.estimate(matmul(1), h100)).toThrow(words)
    expect(model.faults).toMatchObject({ count: 1, first: expect.stringContaining(words) })
  })

  it('has lines that answer nothing counted', () => {
    program("say('hello\\n'); say({ id: 99, seconds: 1 }); say({ id: asked.id, seconds: 1 })")
    expect(model.estimate(matmul(1), h100).latencyS).toBe(1)
    expect(model.faults).toMatchObject({ strayLines: 2, first: expect.stringContaining('hello') })
  })

  it('is started again when it ends or does not answer in time', async () => {
    program(
      `if (asked.dims.m === 1) process.exit(3)
       if (asked.dims.m === 2) return
       say({ id: asked.id, seconds: count })`,
      { timeoutS: 2 },
    )
    // A busy machine may take longer than that to start a process: another question starts it again.
    let next = 10
    const answers = () =>
      vi.waitFor(() => expect(model.estimate(matmul(next++), h100).latencyS).toBe(1))
    expect(() => model.estimate(matmul(1), h100)).toThrow(/ended: exit code 3|no answer within 2 s/)
    await answers()
    expect(() => model.estimate(matmul(2), h100)).toThrow('no answer within 2 s')
    await answers()
  })

  it('may take its time for each of many, as long as it answers', () => {
    program(
      `globalThis.queue = (globalThis.queue ?? Promise.resolve()).then(async () => {
         await new Promise((done) => setTimeout(done, 300))
         say({ id: asked.id, seconds: 1 })
       })`,
      { timeoutS: 2 },
    )
    model.prepare(Array.from({ length: 10 }, (_, m) => ({ call: matmul(m + 1), hardware: h100 })))
    expect(model.faults).toEqual({ count: 0, first: null, strayLines: 0 })
  })

  it('costs no other question its answer by the one that ends it', () => {
    program(
      'if (asked.dims.m === 3) process.exit(1); setTimeout(() => say({ id: asked.id, seconds: 1 }), 50)',
      { timeoutS: 10 },
    )
    const calls = [1, 2, 3, 4, 5].map(matmul)
    model.prepare(calls.map((call) => ({ call, hardware: h100 })))
    expect(calls.map((call) => model.supports(call, h100))).toEqual([true, true, false, true, true])
    expect(model.faults.count).toBe(1)
  })

  it('is given up within many questions too', () => {
    program('process.exit(1)')
    const questions = Array.from({ length: 500 }, (_, m) => ({
      call: matmul(m + 1),
      hardware: h100,
    }))
    expect(() => model.prepare(questions)).toThrow(/3 times in a row/)
  })

  it('is given up after three failures in a row, and where it does not start', () => {
    program('process.exit(1)')
    expect(() => model.estimate(matmul(1), h100)).toThrow(PerfModelError)
    expect(() => model.estimate(matmul(2), h100)).toThrow(PerfModelError)
    expect(() => model.estimate(matmul(3), h100)).toThrow(/3 times in a row.*exit code 1/)
    model.close()
    model = new CommandModel([join(folder, 'nowhere')], { workerUrl })
    expect(() => model.estimate(matmul(1), h100)).toThrow(/nowhere: .*ENOENT/)
  })

  it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'ends with the process that asks it, by %s, though it hangs',
    async (signal) => {
      const path = join(folder, `hangs-${signal}.mjs`)
      writeFileSync(path, "setInterval(() => {}, 1000); console.error('pid', process.pid)")
      const asker = spawn(process.execPath, [askerPath, workerUrl.href, process.execPath, path])
      let said = ''
      asker.stderr.on('data', (text) => {
        said += text
      })
      const pid = await vi.waitFor(() => Number(/pid (\d+)/.exec(said)![1]), { timeout: 10_000 })
      const ended = new Promise((resolve) => asker.on('exit', (_code, by) => resolve(by)))
      asker.kill(signal)
      expect(await ended).toBe(signal)
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 5000 })
    },
    20_000,
  )

  it('is not asked what no device can do', () => {
    program('say({ id: asked.id, seconds: 1 })')
    expect(() => model.estimate(matmul(-1), h100)).toThrow(PerfModelError)
    expect(model.supports(matmul(-1), h100)).toBe(false)
  })
})
