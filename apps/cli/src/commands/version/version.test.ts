import { expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { version } from '../../version.js'

it('flowsim version tells the program, its packages and Node', async () => {
  const { code, out } = await flowsim('version', '--json')
  expect(code).toBe(0)
  const told = JSON.parse(out)
  expect(told).toMatchObject({ schema: 'flowsim.version/1', flowsim: version })
  expect(`v${told.node}`).toBe(process.version)
  expect(told.packages['@flowsim/parser']).toMatch(/^\d+\.\d+\.\d+/)
  const table = await flowsim('version')
  expect(table.out).toMatch(
    new RegExp(`^@flowsim/parser +${told.packages['@flowsim/parser']}$`, 'm'),
  )
})
