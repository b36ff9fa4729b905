// calibrate --serving as users call it.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

describe('flowsim calibrate --serving', () => {
  const calibrate = (run: string, ...more: string[]) =>
    flowsim('calibrate', '--serving', run, '-o', at('facts.json'), ...more)
  const deployment = `
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm }
`

  test('writes engine facts of a run that serving run takes, and errors of the half it did not see', async () => {
    const traffic = `${deployment}workload: { type: synthetic, requests: 24, arrival: { process: poisson, ratePerS: 8 }, inputTokens: 800, outputTokens: 8 }\n`
    write('real.yaml', `requestOverheadMs: 20\n${traffic}`)
    await flowsim('serving', 'run', '--config', at('real.yaml'), '-o', at('real'))
    write('a.yaml', deployment)
    const { code, out } = await calibrate(
      at('real/requests.csv'),
      '--config',
      at('a.yaml'),
      '--json',
    )
    expect(code).toBe(0)
    const { facts, constants, errors } = JSON.parse(out)
    expect(facts).toBe(at('facts.json'))
    const request = constants.find(({ path }: { path: string }) => path === 'host.requestMs')
    expect(request).toEqual({ path: 'host.requestMs', before: 3, after: 20 })
    expect(errors.map(({ half }: { half: string }) => half)).toEqual(['fitted', 'held out'])
    write('b.yaml', traffic.replace('h100_sxm', 'h100_sxm, engineFacts: facts.json'))
    const { out: run } = await flowsim('serving', 'run', '--config', at('b.yaml'), '--json')
    expect(JSON.parse(run).ttft.meanS).toBeGreaterThan(0.02)
    const { out: table } = await calibrate(at('real/requests.csv'), '--config', at('a.yaml'))
    expect(table).toMatch(/host\.requestMs +3 +20/)
    expect(table).toMatch(/requests\.csv +held out +12 +mean TTFT/)
  })

  test.each([
    [[], 2, /--serving: needs --config/],
    [['--config', 'missing.yaml'], 1, /missing\.yaml: cannot be read/],
  ])('used wrongly: %j', async (args, code, message) => {
    write('run.csv', 'a,b\n1,2\n')
    expect(await calibrate(at('run.csv'), ...args)).toMatchObject({
      code,
      err: expect.stringMatching(message),
    })
  })

  test('a file that is not a run is told', async () => {
    write('a.yaml', deployment)
    write('run.json', '{}')
    const { code, err } = await calibrate(at('run.json'), '--config', at('a.yaml'))
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/run\.json: is not a run in a format that is known/),
    ])
    expect(existsSync(at('facts.json'))).toBe(false)
  })
})
