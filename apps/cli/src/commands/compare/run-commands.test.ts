// Comparisons that run other simulators, with scripts in their place.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

/** Like Vidur: reads a trace, writes request_metrics.csv into a folder named by the time. */
const VIDUR = `
import csv, os, sys
rows = list(csv.DictReader(open(sys.argv[1])))
out = os.path.join(sys.argv[2], '2026-12-01_10-00-00')
os.makedirs(out)
with open(os.path.join(out, 'request_metrics.csv'), 'w') as file:
    names = ['Request Id', 'request_e2e_time', 'prefill_e2e_time', 'request_scheduling_delay', 'request_inter_arrival_delay', 'request_num_prefill_tokens', 'request_num_decode_tokens']
    table = csv.writer(file)
    table.writerow(names)
    for i, row in enumerate(rows):
        decode = int(row['num_decode_tokens'])
        table.writerow([i, 0.01 + 0.002 * (decode - 1), 0.01, 0, 0.5, row['num_prefill_tokens'], decode])
`
const OURS = '{ name: ours, stepTime: { type: linear, perStepUs: 2000 }, kv: { blocks: 400 } }'
const compare = (...runs: string[]) => {
  writeFileSync(
    at('c.yaml'),
    `workload: { type: synthetic, requests: 3, arrival: { process: poisson, ratePerS: 2 }, inputTokens: 20, outputTokens: 5 }
runs:
${[OURS, ...runs].map((run) => `  - ${run}\n`).join('')}`,
  )
  return flowsim('compare', at('c.yaml'), '--json')
}
const vidur = (command: string, requests = "'{output}/*/request_metrics.csv'", more = '') =>
  `{ name: vidur, command: '${command}', requests: ${requests}${more} }`
const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith('flowsim-compare-'))

it('runs a program on the workload, in the folder of the file, and reads what it wrote', async () => {
  writeFileSync(at('vidur.py'), VIDUR)
  const before = scratch()
  const { code, out, err } = await compare(vidur('python3 vidur.py {workload} {output}'))
  expect([code, err]).toEqual([0, ''])
  const [run] = JSON.parse(out).runs
  expect(run).toMatchObject({ name: 'vidur', engine: 'recorded' })
  expect(run.tpot.percentiles[0].candidate).toBeCloseTo(0.002, 9)
  expect(run.ttft.percentiles[0].candidate).toBeCloseTo(0.01, 9)
  expect(scratch()).toEqual(before)
})

it('writes the workload as LLMServingSim reads it', async () => {
  const command = 'sh -c "cp {workload} seen; exit 4"'
  const { code, err } = await compare(vidur(command, 'x.csv', ', workloadFormat: jsonl'))
  expect([code, err]).toEqual([1, expect.stringContaining('vidur: sh: exit code 4')])
  const lines = readFileSync(at('seen'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(3)
  expect(lines[0]).toEqual({
    input_toks: 20,
    output_toks: 5,
    arrival_time_ns: expect.any(Number),
  })
})

it('leaves out what is not installed, in one line that says how to get it', async () => {
  const other = OURS.replace('name: ours', 'name: slow').replace('2000', '3000')
  const absent = await compare(other, vidur('no-such-vidur --x'))
  expect(absent.code).toBe(0)
  expect(absent.err).toContain(
    'vidur: left out: no-such-vidur is not installed here, or a part of it; get it by github.com/microsoft/vidur, or leave the run away\n',
  )
  expect(JSON.parse(absent.out).runs.map(({ name }: { name: string }) => name)).toEqual(['slow'])
  const unknown = await compare(other, vidur('no-such-program --backend vllm'))
  expect(unknown.err).toContain('install it, or leave the run away\n')
  const module = await compare(other, vidur('python3 -m vidur_that_is_absent.main'))
  expect([module.code, module.err]).toEqual([
    0,
    expect.stringContaining('vidur: left out: python3'),
  ])
})

it('fails where nothing is left to compare', async () => {
  const { code, err } = await compare(vidur('no-such-program'))
  expect([code, err]).toEqual([
    1,
    expect.stringContaining('without vidur there is nothing to compare'),
  ])
})

it('fails where a program fails, takes too long, or wrote no file or several', async () => {
  const failing = async (...args: Parameters<typeof vidur>) => {
    const { code, err } = await compare(vidur(...args))
    expect(code).toBe(1)
    return err
  }
  expect(await failing('sh -c "echo out of luck; exit 3"')).toContain(
    'vidur: sh: exit code 3; its last lines: out of luck',
  )
  expect(await failing('sleep 60', 'x.csv', ', timeoutS: 0.2')).toContain(
    'vidur: sleep: has not ended after 0.2 s',
  )
  expect(await failing('true')).toContain('vidur: has ended, and no file is ')
  expect(await failing('touch {output}/a.csv {output}/b.csv', "'{output}/*.csv'")).toContain(
    '2 files are ',
  )
  expect(await failing('true', 'missing.csv')).toContain('no file is missing.csv')
  writeFileSync(at('odd.csv'), 'a,b\n1,2\n')
  expect(await failing('true', 'odd.csv')).toContain('odd.csv')
  expect(existsSync(at('odd.csv'))).toBe(true)
})

it('asks where the result comes to lie', async () => {
  const { code, err } = await compare('{ name: vidur, command: "true" }')
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/c\.yaml:\d+:\d+: .*say with requests where the program writes/),
  ])
})
