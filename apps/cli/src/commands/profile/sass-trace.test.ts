// From an engine's trace to recorded launches for Accel-Sim, with the stand-in engine and its tracer.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const standIn = fileURLToPath(
  new URL('../../../../../packages/profiler-runner/fixtures/stand-in-engine.mjs', import.meta.url),
)
const folder = testFolder()
const at = (name: string) => join(folder, name)

const engine = ['--engine', 'sglang', '--server-command', `${process.execPath} ${standIn}`]
const profile = (out: string, ...more: string[]) =>
  flowsim('profile', ...engine, '--sweep', '2:32:0', '--num-steps', '2', '-o', at(out), ...more)

it('leads from a trace over the list of the tracer to the launches that were chosen', async () => {
  writeFileSync(at('tracer_tool.so'), '')
  const { out: json } = await profile('run', '--json')
  const { traces } = JSON.parse(json).points[0]
  const prefill = traces.find(({ stage }: { stage: string }) => stage === 'prefill').path
  const plan = (...more: string[]) =>
    flowsim(
      ...['external', 'plan', join(at('run'), prefill), '--tracer', at('tracer_tool.so')],
      ...['--top-time', '50%', '--trace-dir', at('sass'), '-o', at('plan'), ...more],
    )
  const unlisted = await plan()
  expect(unlisted.out).toContain(`flowsim profile … --sass-trace ${at('plan/plan.json')}`)

  const listed = await profile('list', '--sass-trace', at('plan/plan.json'))
  expect([listed.code, listed.out]).toEqual([
    0,
    expect.stringContaining(
      `all launches are listed in ${at('sass/stats.csv')}\nnone was recorded`,
    ),
  ])

  const chosen = await plan('--stats', at('sass/stats.csv'), '--json')
  const launches: number[] = JSON.parse(chosen.out).chosen.map(
    (each: { launchNumber: number }) => each.launchNumber,
  )
  expect(launches.length).toBeGreaterThan(0)
  const recorded = await profile('recorded', '--sass-trace', at('plan/plan.json'), '--json')
  expect(JSON.parse(recorded.out).sassTrace).toMatchObject({ recorded: launches.length })
  for (const launch of launches) expect(existsSync(at(`sass/kernel-${launch}.trace`))).toBe(true)
  // What was recorded is what was planned: the list tells its instructions now.
  const counted = readFileSync(at('sass/stats.csv'), 'utf8').split('\n')[launches[0]!]!
  expect(Number(counted.split(', ').at(-1))).toBeGreaterThan(0)
}, 60_000)

it('says what is wrong with a plan', async () => {
  writeFileSync(at('other.json'), '{}')
  expect(await profile('x', '--sass-trace', at('other.json'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('other.json: is not a plan of flowsim external plan'),
  })
  const bare = { schema: 'flowsim.accel-sim-plan/1', trace: '', chosen: [], leftOut: [] }
  const document = { ...bare, timeShare: 1, warpInstructions: null, kinds: 0 }
  writeFileSync(at('bare.json'), JSON.stringify(document))
  expect(await profile('x', '--sass-trace', at('bare.json'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('holds no variables of the tracer'),
  })
})
