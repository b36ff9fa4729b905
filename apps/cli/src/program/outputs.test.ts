// What a command leaves behind when something ends it.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundleAll } from '../../../server/src/testing/built.js'
import { testFolder } from '../testing/folder.js'
import { Outputs } from './outputs.js'

const folder = testFolder()

const stages = (path: string) => readdirSync(path).filter((name) => name.startsWith('.flowsim-'))

describe('what a command wrote before', () => {
  it('goes where it is not written anew, and nothing else does', async () => {
    const out = join(folder, 'again')
    mkdirSync(join(out, 'times.folder.csv'), { recursive: true })
    for (const name of ['times.a.csv', 'times.csv', 'mine.csv'])
      writeFileSync(join(out, name), 'old')
    const outputs = await Outputs.into(out)
    await outputs.add('times.csv', 'new')
    outputs.replaces((name) => name.startsWith('times.'))
    await outputs.commit()
    expect(readdirSync(out)).toEqual(['mine.csv', 'times.csv', 'times.folder.csv'])
    expect(readFileSync(join(out, 'times.csv'), 'utf8')).toBe('new')
  })

  it('stays where the command fails', async () => {
    const out = join(folder, 'failed')
    mkdirSync(out)
    writeFileSync(join(out, 'times.csv'), 'old')
    const outputs = await Outputs.into(out)
    outputs.replaces(() => true)
    await outputs.discard()
    expect(readdirSync(out)).toEqual(['times.csv'])
  })
})

describe.skipIf(process.platform === 'win32')('a command in the middle of its work', () => {
  let built: string
  beforeAll(async () => {
    built = fileURLToPath(
      await bundleAll({ 'flowsim.js': new URL('../flowsim.ts', import.meta.url) }),
    )
  })

  /** Ends `flowsim parse`, which waits for a pipe that nobody writes to, once it has a stage. */
  async function endParse(signal: NodeJS.Signals, out: string): Promise<string | null> {
    const pipe = join(folder, `${signal}.json`)
    execFileSync('mkfifo', [pipe])
    const parse = spawn(process.execPath, [built, 'parse', pipe, '-o', out], { stdio: 'ignore' })
    const exited = new Promise<string | null>((resolve) =>
      parse.once('exit', (_, by) => resolve(by)),
    )
    while (!existsSync(out) || stages(out).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    parse.kill(signal)
    return exited
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing when %s ends it', async (signal) => {
    const out = join(folder, 'out')
    expect(await endParse(signal, out)).toBe(signal)
    expect(existsSync(out)).toBe(false)
  })

  it('keeps the files of others when a signal ends it', async () => {
    const out = join(folder, 'out')
    mkdirSync(join(out, 'theirs'), { recursive: true })
    await endParse('SIGTERM', out)
    expect(readdirSync(out)).toEqual(['theirs'])
  })

  it('leaves its stage when it is killed, and the next command removes it', async () => {
    const out = join(folder, 'out')
    await endParse('SIGKILL', out)
    expect(stages(out)).toHaveLength(1)
    const outputs = await Outputs.into(out)
    await outputs.add('a.txt', 'a')
    await outputs.commit()
    expect(readdirSync(out)).toEqual(['a.txt'])
  })
})

describe('stages of others', () => {
  const host = hostname().replace(/[^A-Za-z0-9]/g, '_')

  it.each([
    ['of a process that runs', `.flowsim-${host}-${process.pid}-AbCdEf`],
    ['of another host', `.flowsim-${host}x-1-AbCdEf`],
    ['that another program named', '.flowsim-cache'],
  ])('%s stay', async (_, name) => {
    mkdirSync(join(folder, name))
    await Outputs.file(join(folder, 'a.txt'), 'a')
    expect(readdirSync(folder).sort()).toEqual([name, 'a.txt'].sort())
  })
})

it.skipIf(!existsSync('/proc/self'))('a folder that cannot be made is said at once', async () => {
  await expect(Outputs.into('/proc/flowsim/below')).rejects.toThrow('cannot be written to')
})
