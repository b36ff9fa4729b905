import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../testing/built.js'
import { Lease } from './lease.js'

let folder: string
let store: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-lease-'))
  store = join(folder, 'tasks.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => `${store}.lease`
/** A lease as the same process number of another container holds it. */
const foreign = () =>
  writeFileSync(
    file(),
    JSON.stringify({ id: 'x', pid: process.pid, processes: 'elsewhere', began: '1' }),
  )

describe('a lease', () => {
  it('is held by one at a time, and can be taken when it was given back', async () => {
    const first = await Lease.take(store)
    await expect(Lease.take(store)).rejects.toThrow(
      `is in use by process ${process.pid}; stop it, or choose another file with --store`,
    )
    first.release()
    expect(readdirSync(folder)).toEqual([])
    const second = await Lease.take(store)
    expect(second.isHeld).toBe(true)
    second.release()
  })

  it('of a process that was killed is taken over at once', async () => {
    const script = join(folder, 'hold.mjs')
    const lease = await bundle('store/lease')
    writeFileSync(
      script,
      `import { Lease } from ${JSON.stringify(lease.href)}
       await Lease.take(${JSON.stringify(store)})
       process.stdout.write('held')
       setInterval(() => {}, 1000)`,
    )
    const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    await expect(Lease.take(store)).rejects.toThrow(`is in use by process ${holder.pid};`)
    const gone = new Promise((resolve) => holder.once('close', resolve))
    holder.kill('SIGKILL')
    await gone
    const taken = await Lease.take(store, 60_000)
    expect(taken.isHeld).toBe(true)
    taken.release()
  })

  it('of another container is respected while it is touched, whatever its process number', async () => {
    foreign()
    const touching = setInterval(() => utimesSync(file(), new Date(), new Date()), 100)
    await expect(Lease.take(store)).rejects.toThrow(/in use by another service/)
    clearInterval(touching)
    expect(readFileSync(file(), 'utf8')).toContain('elsewhere')
  })

  it('of another container that touches it no more is taken over', async () => {
    foreign()
    const lease = await Lease.take(store, 600)
    expect(lease.isHeld).toBe(true)
    lease.release()
  })

  it('that another has taken is not held, and is left to that one', async () => {
    const lease = await Lease.take(store)
    rmSync(file())
    foreign()
    expect(lease.isHeld).toBe(false)
    lease.release()
    expect(readFileSync(file(), 'utf8')).toContain('elsewhere')
  })

  it('of nobody that can be read is taken over', async () => {
    writeFileSync(file(), '{"id": "x", "pi')
    const lease = await Lease.take(store, 600)
    lease.release()
    expect(readdirSync(folder)).toEqual([])
  })
})
