import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// Every entry that can be imported from a published package has a page in the API reference.

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const rootEntries: string[] = read('typedoc.json').packageOptions.entryPoints

const packages = readdirSync('packages').map((name) => `packages/${name}`)

describe.each(packages)('%s', (folder) => {
  it('documents each of its entries', () => {
    const targets = Object.values(read(`${folder}/package.json`).exports as object)
    const sources = targets.flatMap((target) =>
      typeof target === 'object' ? [target['@flowsim/source'].replace('./', '')] : [],
    )
    const own = `${folder}/typedoc.json`
    const documented: string[] = existsSync(own) ? read(own).entryPoints : rootEntries
    expect([...documented].sort()).toEqual([...sources].sort())
  })
})
