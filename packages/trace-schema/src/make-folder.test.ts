import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder } from './make-folder.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-folder-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('makeFolder', () => {
  it('makes the folders above, too, for whom the mode says', () => {
    makeFolder(join(folder, 'a/b/c'), 0o700)
    for (const made of ['a', 'a/b', 'a/b/c']) {
      const { mode } = statSync(join(folder, made))
      if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o700)
    }
  })

  it('leaves one that is there as it is', () => {
    writeFileSync(join(folder, 'theirs'), '')
    makeFolder(folder)
    expect(readdirSync(folder)).toEqual(['theirs'])
  })

  it('says that a file is in the way', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST')
    expect(() => makeFolder(join(folder, 'file/below'))).toThrow('ENOTDIR')
  })

  it.skipIf(!existsSync('/proc/self'))('ends where nothing can be made', () => {
    expect(() => makeFolder('/proc/flowsim')).toThrow('ENOENT')
    expect(() => makeFolder('/proc/flowsim/below')).toThrow('ENOENT')
  })
})
