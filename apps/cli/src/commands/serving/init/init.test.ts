import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { flowsim } from '../../../testing/flowsim.js'
import { testFolder } from '../../../testing/folder.js'

const folder = testFolder()

it.each([
  ['llama-3.1-8b', 'h100_sxm', 1],
  ['llama-3.1-70b', 'h100_sxm', 2],
])('the configuration of %s on %s runs as it was written', async (model, hardware, devices) => {
  const path = join(folder, 'serving.yaml')
  const init = ['serving', 'init', '--model', model, '--hardware', hardware, '-o', path]
  const written = await flowsim(...init)
  expect(written).toMatchObject({ code: 0, err: '', out: `${path}\n` })
  expect(readFileSync(path, 'utf8')).toContain(`tensorParallel: ${devices}\n`)
  const { code, out } = await flowsim('serving', 'run', '--config', path, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ requests: { completed: 500 }, devices })
  const again = await flowsim(...init)
  expect(again.code).toBe(1)
  expect(again.err).toContain('is there already; name another file with -o')
})

it('a name that nobody knows is answered before anything is written', async () => {
  const path = join(folder, 'x.yaml')
  const run = (model: string, hardware: string) =>
    flowsim('serving', 'init', '--model', model, '--hardware', hardware, '--offline', '-o', path)
  expect((await run('llama-3.1-8c', 'h100_sxm')).err).toMatch(/did you mean llama-3\.1-8b/)
  expect((await run('llama-3.1-8b', 'h100_sxn')).err).toMatch(/did you mean h100_sxm/)
})
