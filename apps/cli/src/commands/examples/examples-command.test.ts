import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

// Needs the built package: its build lays the examples beside the program.

const folder = testFolder()
const original = fileURLToPath(new URL('../../../../../examples/', import.meta.url))
const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))

it('copies every example of the repository as it is, lists it, and says what to run', async () => {
  const to = join(folder, 'new', 'examples')
  const { code, out, err } = await flowsim('examples', '-o', to)
  expect(code).toBe(0)
  expect(filesOf(to).sort()).toEqual(filesOf(original).sort())
  for (const name of filesOf(to)) {
    expect(out).toContain(`${join(to, name)}\n`)
    expect(readFileSync(join(to, name))).toEqual(readFileSync(join(original, name)))
  }
  const [trace] = /\S+\.trace\.json\.gz/.exec(err)!
  const [configuration] = /\S+\.yaml/.exec(err)!
  expect([existsSync(trace), existsSync(configuration)]).toEqual([true, true])
  expect((await flowsim('parse', trace, '-o', join(folder, 'parsed'))).code).toBe(0)
})

it('writes over nothing', async () => {
  const { code, err } = await flowsim('examples', '-o', folder)
  expect(code).toBe(1)
  expect(err).toBe(`flowsim: ${folder}: is there already; name another folder with -o\n`)
})
