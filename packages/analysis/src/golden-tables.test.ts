// Every row of the tables that others made of the SGLang trace: TraceLens's kernels, operators and
// work of products, HTA's kernels, the reference parser's CSV. Differences are stated where they are.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import {
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  type OpName,
  opWork,
} from '@flowsim/trace-schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { breakdown } from './breakdown.js'

const NAME = 'sglang-deepseek-h200-tp4-rank0'

describeWithCorpus('tables of the SGLang trace', () => {
  let trace: KernelTrace
  let operations: KernelOperation[]
  beforeAll(async () => {
    trace = await parseFile(corpus(`traces/${NAME}.trace.json.gz`), { hostCalls: true })
    operations = classifyTrace(trace)
  })

  /** Count and nanoseconds of kernels by a key. */
  function totals(keyOf: (kernel: KernelEvent) => string): Map<string, [number, number]> {
    const sums = new Map<string, [number, number]>()
    for (const kernel of trace.kernels) {
      const [count, ns] = sums.get(keyOf(kernel)) ?? [0, 0]
      sums.set(keyOf(kernel), [count + 1, ns + kernel.durationNs])
    }
    return sums
  }

  it('has the 76 kernels of TraceLens by operator and stream, to the nanosecond', () => {
    // Kernels that no operator launched go by their runtime call there; copies are left out.
    const operator = ({ op, launch }: KernelEvent) => op?.name ?? launch?.api
    const ours = totals((kernel) => `${operator(kernel)} ${kernel.stream} ${kernel.name}`)
    const rows = records('tracelens/kernel_summary.csv')
    expect(rows).toHaveLength(76)
    for (const row of rows) {
      const key = `${row['Parent cpu_op']} ${row['Kernel stream']} ${row['Kernel name']}`
      const [count, ns] = ours.get(key) ?? []
      expect(count, key).toBe(Number(row['Kernel duration (µs)_count']))
      expect(Math.abs(ns! / 1e3 - Number(row['Kernel duration (µs)_sum'])), key).toBeLessThan(1e-6)
      ours.delete(key)
    }
    expect([...ours.keys()].filter((key) => !/ Mem(?:cpy|set) /.test(key))).toEqual([])
  })

  it('has the operators of TraceLens, which leaves out what communicates', () => {
    const ours = totals(({ op, launch }) => op?.name ?? launch?.api ?? '')
    const differ: string[] = []
    for (const row of records('tracelens/ops_summary.csv')) {
      const us = Number(row.total_direct_kernel_time_sum)
      const [count, ns] = ours.get(row.name!) ?? [0, 0]
      // It adds 32-bit floats.
      if (Math.abs(ns / 1e3 - us) > count * 1e-3) differ.push(row.name!)
      ours.delete(row.name!)
    }
    // The custom all-reduce's copies count there, its kernels do not; NCCL's are absent.
    expect(differ).toEqual(['sgl_kernel::all_reduce'])
    expect([...ours.keys()]).toEqual(['record_param_comms'])
  })

  it('has the FLOPs and bytes of TraceLens for each of 34 products', () => {
    const calls = new Map(
      operations.flatMap(({ call }, i) => {
        if (call?.op !== 'matmul' && call?.op !== 'bmm') return []
        const batch = call.op === 'bmm' ? call.batch : 1
        const { m, n, k } = call
        return [[`${trace.kernels[i]!.op?.name} ${batch} ${m} ${n} ${k}`, call]]
      }),
    )
    const rows = records('tracelens/GEMM.csv')
    expect(rows).toHaveLength(34)
    for (const row of rows) {
      const shape = ['B', 'M', 'N', 'K'].map((name) => row[`param: ${name}`]).join(' ')
      const call = calls.get(`${row.name} ${shape}`)
      expect(call, shape).toBeDefined()
      const { flops, readBytes, writeBytes } = opWork(call!)
      expect(flops / 1e9 / Number(row.GFLOPS_first), shape).toBeCloseTo(1, 9)
      const mebibytes = Number(row['Data Moved (MB)_first'])
      expect((readBytes + writeBytes) / 2 ** 20 / mebibytes, shape).toBeCloseTo(1, 9)
    }
  })

  it('has the kernels of HTA, which loses up to two microseconds of each', () => {
    const ours = totals(({ name }) => name)
    const rows = records('hta/gpu_kernel_breakdown_1.csv').filter(({ name }) => name !== 'others')
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      const [count, ns] = ours.get(row.name!) ?? [0, 0]
      const lost = ns / 1e3 - Number(row['sum (us)'])
      expect(count, row.name).toBeGreaterThan(0)
      expect(lost, row.name).toBeGreaterThanOrEqual(0)
      expect(lost, row.name).toBeLessThan(2 * count)
    }
  })

  it('has the bandwidths of copies of HTA, which misses ten activities', () => {
    const ours = new Map<string, number[]>()
    for (const { kind, name, bytes, durationNs } of trace.kernels) {
      if (kind !== 'memcpy' && kind !== 'memset') continue
      const key = kind === 'memset' ? 'Memset' : name.slice(0, 'Memcpy HtoD'.length)
      ours.set(key, [...(ours.get(key) ?? []), bytes! / durationNs])
    }
    // Two lines of headings, and one that names the index.
    const text = readFileSync(corpus('parser-golden/hta/membw_summary_0.csv'), 'utf8')
    const missed = text
      .trim()
      .split(/\r?\n/)
      .slice(3)
      .map((line) => {
        const [, name, count, mean, , , , , , max] = line.split(',')
        const bandwidths = ours.get(name!)!
        expect(Math.max(...bandwidths), name).toBeCloseTo(Number(max), 9)
        if (bandwidths.length === Number(count)) {
          const average = bandwidths.reduce((a, b) => a + b, 0) / bandwidths.length
          expect(average, name).toBeCloseTo(Number(mean), 9)
        }
        return [name, bandwidths.length - Number(count)]
      })
    expect(missed).toEqual([
      ['Memcpy DtoD', 0],
      ['Memcpy DtoH', 0],
      ['Memcpy HtoD', 6],
      ['Memset', 4],
    ])
  })

  it('has the overlap of HTA', () => {
    const hta = Number(records('hta/comm_comp_overlap_0.csv')[0]!.comp_comm_overlap_pctg)
    const { exclusive } = breakdown(trace, undefined, { convention: 'hta', roundToUs: true })
    const overlap = exclusive.computationCommunicationNs
    const all = overlap + exclusive.communicationNs + exclusive.communicationMemcpyNs
    expect(((overlap / all) * 100).toFixed(2)).toBe(hta.toFixed(2))
  })

  describe('the CSV of the reference parser', () => {
    let pairs: { row: Record<string, string>; kernel: KernelEvent; operation: KernelOperation }[]
    beforeAll(() => {
      const text = gunzipSync(
        readFileSync(corpus(`parser-golden/${NAME}.flowsim.csv.gz`)),
      ).toString()
      // Its rows are in the order of the file; equal kernels come in order of time.
      const waiting = new Map<string, number[]>()
      trace.kernels.forEach(({ name, durationNs }, i) => {
        const key = `${name} ${durationNs}`
        const list = waiting.get(key)
        if (list === undefined) waiting.set(key, [i])
        else list.push(i)
      })
      pairs = parsedCsv(text).map((row) => {
        const key = `${row.Name} ${Math.round(Number(row['Duration (us)']) * 1000)}`
        const i = waiting.get(key)!.shift()!
        return { row, kernel: trace.kernels[i]!, operation: operations[i]! }
      })
    })

    it('has the same 664 kernels and times', () => {
      const kernels = trace.kernels.filter(({ kind }) => kind === 'kernel' || kind === 'collective')
      expect(pairs.map(({ kernel }) => kernel)).toHaveLength(664)
      expect(new Set(pairs.map(({ kernel }) => kernel))).toEqual(new Set(kernels))
      expect(kernels.reduce((sum, { durationNs }) => sum + durationNs, 0)).toBe(77_591_032)
    })

    it('has the same shapes; of 41 kernels without, 17 get those of annotations and 9 of operators', () => {
      const without: Record<string, number> = {}
      for (const { row, kernel } of pairs) {
        if (row.Dims === 'N/A') {
          without[kernel.shapesFrom] = (without[kernel.shapesFrom] ?? 0) + 1
          continue
        }
        const shapes = kernel.op!.args.map((arg) =>
          arg.kind === 'tensor'
            ? arg.shape
            : arg.kind === 'tensor_list'
              ? arg.tensors.map(({ shape }) => shape)
              : [],
        )
        expect(JSON.parse(row.Dims!), kernel.name).toEqual(shapes)
      }
      expect(without).toEqual({ annotation: 17, profiler: 9, none: 15 })
    })

    it('has the same operations; what it leaves open, 203 times, we know', () => {
      const same: Record<string, OpName> = {
        add: 'elementwise',
        sub: 'elementwise',
        bitwise_not: 'elementwise',
        masked_fill_: 'elementwise',
        arange: 'fill',
        fill_: 'fill',
        argmax: 'reduce',
        sum: 'reduce',
        copy_: 'copy',
        cumsum: 'scan',
        index: 'gather',
        index_put_: 'scatter',
        // All of them look up embeddings.
        index_select: 'embedding',
      }
      const open: (string | null)[] = []
      for (const { row, kernel, operation } of pairs) {
        if (row.op === '' || row.op === 'TBD') open.push(operation.op)
        else expect(operation.op, kernel.name).toBe(same[row.op!] ?? row.op)
      }
      expect(open).toHaveLength(203)
      expect(open).not.toContain(null)
    })

    it('counts 9 split-K sums as products again, which we count with their product', () => {
      const products = pairs.filter(({ row }) => row.op === 'matmul')
      const helpers = products.filter(({ operation }) => operation.auxiliary === true)
      expect([products.length, helpers.length]).toEqual([87, 9])
      for (const { kernel } of helpers) expect(kernel.name).toContain('splitKreduce')
    })
  })
})

/** Rows of a report of TraceLens or HTA, by column. */
function records(path: string): Record<string, string>[] {
  return parsedCsv(readFileSync(corpus(`parser-golden/${path}`), 'utf8'))
}

/** Rows of a CSV with a header; quoted cells may hold anything. */
function parsedCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g,
  )) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end !== ',') rows.push([])
  }
  const [head, ...body] = rows.filter((row) => row.length > 1)
  return body.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i] ?? ''])))
}
