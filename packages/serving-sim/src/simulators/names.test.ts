import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SIMULATORS } from './index.js'

const root = new URL('../', import.meta.url)

test('the name of another simulator stands in its folder and in the list, nowhere else', () => {
  const [, ...others] = SIMULATORS
  const names = new RegExp(others.map(({ name }) => name.replace('-', '-?')).join('|'), 'i')
  const folders = readdirSync(new URL('simulators/', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && others.some(({ name }) => name === entry.name))
    .map(({ name }) => `simulators/${name}/`)
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'simulators/index.ts')
    .filter((path) => !folders.some((folder) => path.startsWith(folder)))
    .filter((path) => names.test(readFileSync(new URL(path, root), 'utf8')))
  expect(folders.length).toBeGreaterThan(2)
  expect(found).toEqual([])
})
