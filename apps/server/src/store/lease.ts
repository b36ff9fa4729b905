// Who has a store open. A file beside the store says it and is touched while its holder lives, since process
// numbers alone say nothing between containers and machines: two services may both be process 1.
//
// A holder of the same process table is looked up there, and gone holders are known at once. One of another
// table (another container, another machine) is watched: if its file is not touched for a while, it is gone.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  futimesSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { ServerError } from '../errors.js'

interface Holder {
  id: string
  pid: number
  /** Process table that the number is of. */
  processes: string
  /** When the process began, in the table's own unit; null where that cannot be told. */
  began: string | null
}

const TOUCH_EVERY_MS = 2000
/** A file that is not touched for so long has no holder. */
const GONE_AFTER_MS = 10_000

/** What this process holds. */
const held = new Set<string>()

/** The right to write to a store. */
export class Lease {
  private readonly inode: number
  private readonly touching: NodeJS.Timeout

  private constructor(
    private readonly path: string,
    private readonly file: number,
    private readonly id: string,
  ) {
    held.add(id)
    this.inode = fstatSync(file).ino
    this.touching = setInterval(() => {
      const now = new Date()
      futimesSync(file, now, now)
    }, TOUCH_EVERY_MS)
    this.touching.unref()
  }

  /**
   * Takes the lease of a store; waits for `goneAfterMs` where its holder may be gone.
   * @throws {@link ServerError} `store_in_use`, `store_failed`
   */
  static async take(storePath: string, goneAfterMs: number = GONE_AFTER_MS): Promise<Lease> {
    const path = `${storePath}.lease`
    for (;;) {
      const lease = Lease.create(path)
      if (lease !== null) return lease
      const holder = readHolder(path)
      if (holder === 'gone') continue
      if (await isAlive(path, holder, goneAfterMs)) {
        const who =
          holder?.processes === processTable() ? `process ${holder.pid}` : 'another service'
        throw new ServerError(
          'store_in_use',
          `${storePath} is in use by ${who}; stop it, or choose another file with --store`,
        )
      }
      putAside(path, holder)
    }
  }

  private static create(path: string): Lease | null {
    let file: number
    try {
      file = openSync(path, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
      throw new ServerError('store_failed', `${path}: ${(error as Error).message}`)
    }
    const id = randomUUID()
    const { pid } = process
    const holder: Holder = { id, pid, processes: processTable(), began: beganAt(pid) }
    writeSync(file, JSON.stringify(holder))
    return new Lease(path, file, id)
  }

  /** Whether the store is still this holder's: a process that was stopped for long may have lost it. */
  get isHeld(): boolean {
    // While the file is open, no other has its inode.
    return statSync(this.path, { throwIfNoEntry: false })?.ino === this.inode
  }

  /** Gives the store back. */
  release(): void {
    clearInterval(this.touching)
    if (this.isHeld) rmSync(this.path, { force: true })
    closeSync(this.file)
    held.delete(this.id)
  }
}

// Null for a file that does not say: its holder was cut off while it wrote it.
function readHolder(path: string): Holder | null | 'gone' {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : null
  }
}

async function isAlive(path: string, holder: Holder | null, goneAfterMs: number): Promise<boolean> {
  if (holder?.processes === processTable()) {
    if (holder.pid === process.pid) return held.has(holder.id)
    return isRunning(holder.pid) && beganAt(holder.pid) === holder.began
  }
  const touchedMs = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs
  const before = touchedMs()
  const ends = performance.now() + goneAfterMs
  while (performance.now() < ends) {
    await new Promise((resolve) => setTimeout(resolve, TOUCH_EVERY_MS / 4))
    if (touchedMs() !== before) return true
  }
  return false
}

// If another took the lease since the holder was read, it is put back.
function putAside(path: string, holder: Holder | null): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (holder !== null && moved !== null && moved !== 'gone' && moved.id !== holder.id) {
    try {
      linkSync(aside, path)
    } catch {
      // A third one was faster; the holder of this one sees that it has lost the store.
    }
  }
  rmSync(aside, { force: true })
}

/** Where process numbers mean the same: a boot and a namespace on Linux, a host elsewhere. */
function processTable(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

function beganAt(pid: number): string | null {
  try {
    // The name of the program may hold spaces and brackets; the 20th field after it is the start.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19] ?? null
  } catch {
    return null
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
