// A command in its own process group, with its output in a log file. Engines start a process
// for each rank; stopping the group stops them all, however the run ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { ProfilerRunnerError } from './errors.js'
import { nowMs, sleep } from './wait.js'

/** How a command is started. */
export interface ProcessGroupOptions {
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** File that standard output and error are appended to. */
  logFile: string
}

/** How a process ended. */
export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
}

// Groups that run now. They are killed when this process exits on its own account; a signal handler
// that calls process.exit, as the command line has, gets here too.
const running = new Set<ProcessGroup>()

function killRunning(): void {
  for (const group of running) group.signal('SIGKILL')
}

/**
 * Kills a group when this process is gone, however it went: a shell in a session apart waits for the end of a
 * pipe that only this process holds open. SIGKILL runs no handler here, and an engine would keep its GPUs.
 */
function watch(group: number): ChildProcess | null {
  if (process.platform === 'win32') return null
  const script = 'cat >/dev/null; kill -TERM "-$1" && sleep 5 && kill -KILL "-$1"'
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without a shell there is no watcher; the group still ends with this process in every other way.
  watcher.on('error', () => {})
  watcher.unref()
  ;(watcher.stdin as Socket | null)?.unref()
  return watcher
}

/** A running command and all processes that it starts. */
export class ProcessGroup {
  /** Resolves when the first process of the group has ended. */
  readonly exited: Promise<ProcessExit>
  /** Set once {@link exited} has resolved. */
  exit: ProcessExit | undefined
  readonly pid: number
  private readonly watcher: ChildProcess | null

  private constructor(
    private readonly child: ChildProcess,
    readonly command: readonly string[],
    readonly logFile: string,
  ) {
    this.pid = child.pid!
    if (running.size === 0) process.once('exit', killRunning)
    running.add(this)
    this.watcher = watch(this.pid)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.exit = { code, signal }
        resolve(this.exit)
      })
    })
  }

  /**
   * Starts a command.
   * @throws {@link ProfilerRunnerError} `command_not_found` when it cannot be started
   */
  static async start(
    command: readonly string[],
    options: ProcessGroupOptions,
  ): Promise<ProcessGroup> {
    const [file, ...args] = command
    if (file === undefined) throw new ProfilerRunnerError('invalid_option', 'empty command')
    // Engines print what they were started with.
    const log = openSync(options.logFile, 'a', 0o600)
    try {
      const child = spawn(file, args, {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', (error: NodeJS.ErrnoException) => {
          const reason = error.code === 'ENOENT' ? 'not found' : error.message
          reject(
            new ProfilerRunnerError('command_not_found', `cannot start ${file}: ${reason}`, {
              cause: error,
            }),
          )
        })
      })
      return new ProcessGroup(child, command, options.logFile)
    } finally {
      closeSync(log)
    }
  }

  /** Sends a signal to every process of the group; false when none is left. */
  signal(name: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.pid, name)
      return true
    } catch {
      return false
    }
  }

  /** Asks the group to end, and kills what is left of it after `graceMs`. */
  async stop(graceMs = 10_000): Promise<ProcessExit> {
    this.signal('SIGTERM')
    const deadline = nowMs() + graceMs
    while (nowMs() < deadline && (this.exit === undefined || hasLivingMember(this.pid))) {
      await sleep(20)
    }
    this.signal('SIGKILL')
    const exit = await this.exited
    running.delete(this)
    if (running.size === 0) process.off('exit', killRunning)
    this.watcher?.kill('SIGKILL')
    this.child.unref()
    return exit
  }

  /** The last lines of the log, for error messages. */
  async logTail(lines = 5): Promise<string> {
    const file = await open(this.logFile, 'r')
    try {
      const { size } = await file.stat()
      const length = Math.min(size, 8192)
      const buffer = Buffer.alloc(length)
      await file.read(buffer, 0, length, size - length)
      return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join(' | ')
    } finally {
      await file.close()
    }
  }
}

// Orphans of the group that nobody has collected yet are zombies: they can be signalled but hold
// nothing. Linux tells them apart in /proc/PID/stat: "pid (name) state parent group …".
function hasLivingMember(group: number): boolean {
  if (process.platform !== 'linux') {
    try {
      return process.kill(-group, 0)
    } catch {
      return false
    }
  }
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(pgrp) === group && state !== 'Z' && state !== 'X') return true
    } catch {
      // It ended between the two reads.
    }
  }
  return false
}

/** `exit code 1` or `signal SIGKILL`. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
}
