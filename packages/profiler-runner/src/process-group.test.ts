import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeExit, ProcessGroup } from './process-group.js'
import { sleep } from './wait.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-process-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const shell = (script: string) =>
  ProcessGroup.start(['sh', '-c', script], { logFile: join(folder, 'log') })

function alive(pid: number): boolean {
  return (
    spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
      .stdout.trim()
      .replace(/^Z.*/, '') !== ''
  )
}

async function childPid(): Promise<number> {
  for (;;) {
    const pid = Number(/child (\d+)/.exec(readFileSync(join(folder, 'log'), 'utf8'))?.[1])
    if (pid > 0) return pid
    await sleep(10)
  }
}

describe('ProcessGroup', () => {
  it('reports how the command ended, and the end of its log', async () => {
    const group = await shell('echo out; echo err >&2; exit 3')
    expect(await group.exited).toEqual({ code: 3, signal: null })
    expect(await group.logTail()).toBe('out | err')
    expect(describeExit(await group.stop())).toBe('exit code 3')
  })

  it('stops the processes that the command started', async () => {
    const group = await shell('sleep 60 & echo child $!; wait')
    const child = await childPid()
    expect(alive(child)).toBe(true)
    await group.stop()
    expect(alive(child)).toBe(false)
  })

  it('kills what does not end when asked', async () => {
    const group = await shell(`trap '' TERM; (trap '' TERM; sleep 60) & echo child $!; wait`)
    const child = await childPid()
    expect(await group.stop(200)).toEqual({ code: null, signal: 'SIGKILL' })
    await sleep(50)
    expect(alive(child)).toBe(false)
  })

  it('says which command is missing', async () => {
    await expect(
      ProcessGroup.start(['no-such-command'], { logFile: join(folder, 'log') }),
    ).rejects.toThrow('cannot start no-such-command: not found')
  })
})
