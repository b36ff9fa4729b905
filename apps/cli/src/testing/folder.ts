// A folder for the files of one test, where the program looks for the user's settings as well.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, vi } from 'vitest'

/**
 * Path of a folder that is empty at the start of each test of the file and gone at its end. The user's
 * settings are looked for in its folder `config`; environment variables that a test sets are undone after it.
 */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-cli-'))
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    vi.stubEnv('FLOWSIM_CONFIG_DIR', join(folder, 'config'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes the user's settings for one test; the answer is the path of their file. */
export function writeSettings(folder: string, yaml: string): string {
  const path = join(folder, 'config', 'config.yaml')
  mkdirSync(join(folder, 'config'))
  writeFileSync(path, yaml)
  return path
}
