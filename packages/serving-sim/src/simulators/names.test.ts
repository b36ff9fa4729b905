import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SIMULATORS } from './index.js'

const root = new URL('../', import.meta.url)

/** Whether a name stands in a text as a word or a part of one in camel case: not `fast` in `breakfast`. */
function mentions(text: string, names: RegExp): boolean {
  return [...text.matchAll(names)].some(({ 0: found, index }) => {
    const begins = /^[A-Z]/.test(found) || !/[a-z]/i.test(text[index - 1] ?? '')
    return begins && !/[a-z]/.test(text[index + found.length] ?? '')
  })
}

test('the name of another simulator stands in its folder and in the list, nowhere else', () => {
  const [, ...others] = SIMULATORS
  const names = new RegExp(others.map(({ name }) => name.replaceAll('-', '-?')).join('|'), 'gi')
  const folders = readdirSync(new URL('simulators/', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && others.some(({ name }) => name === entry.name))
    .map(({ name }) => `simulators/${name}/`)
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'simulators/index.ts')
    .filter((path) => !folders.some((folder) => path.startsWith(folder)))
    .filter((path) => mentions(readFileSync(new URL(path, root), 'utf8'), names))
  expect(folders.length).toBeGreaterThan(2)
  expect(found).toEqual([])
})
