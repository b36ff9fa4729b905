// One soak: the service in its process, the clients, what disturbs them, and what became of everything.
import { fork, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantileSorted } from 'd3-array'
import { batch, exchange, garbage, matmul, slowClient, trace } from './client.mjs'

const MOST_MIB = 500
/** A pause of each client after a request: the load is steady, and leaves the machine to breathe. */
const THINK_MS = 400
const SETTLES_MS = 60_000

export class Soak {
  accepted = new Set()
  /** Milliseconds of the answers, by kind of request. */
  tookMs = new Map()
  statuses = new Map()
  wrong = new Map()
  broken = 0
  /** Memory in each second, of each process one after the other. */
  rssMiB = []
  resumed = 0
  done = { kills: 0, fills: 0 }

  /** @param program - run with `--serve STORE`, it is the service */
  constructor({ lastsMs, seed, program }) {
    this.program = program
    this.ends = performance.now() + lastsMs
    this.lastsMs = lastsMs
    this.random = mulberry32(seed)
    this.folder = mkdtempSync(join(tmpdir(), 'flowsim-soak-'))
    const options = ['-t', 'tmpfs', '-o', 'size=512m', 'tmpfs', this.folder]
    this.mounted = process.platform === 'linux' && spawnSync('mount', options).status === 0
  }

  get isOver() {
    return performance.now() >= this.ends
  }

  start() {
    return new Promise((resolve) => {
      const child = fork(this.program, ['--serve', join(this.folder, 'tasks.db')])
      child.on('message', (message) => {
        if (message.rssMiB !== undefined) this.rssMiB.at(-1).push(message.rssMiB)
        else {
          this.rssMiB.push([])
          this.service = { child, ...message }
          this.agent = new Agent({ keepAlive: true, maxSockets: 200 })
          resolve(message)
        }
      })
    })
  }

  /** Asks as clients do until the time is over. */
  async client() {
    while (!this.isOver) {
      await this.up
      const kind = this.pick()
      await this.ask(kind)
      await delay(THINK_MS * (0.5 + this.random()))
    }
  }

  async slow() {
    while (!this.isOver) {
      await this.up
      await slowClient(this.service.port, 15_000)
    }
  }

  pick() {
    const share = this.random()
    if (share < 0.5) return 'task'
    if (share < 0.7) return 'task, waited for'
    if (share < 0.85) return 'read'
    if (share < 0.9) return 'batch'
    if (share < 0.91) return 'trace'
    return 'garbage'
  }

  requestOf(kind) {
    const { random } = this
    const post = (path, value) => ({ method: 'POST', path, body: JSON.stringify(value) })
    if (kind === 'task') return post('/tasks', matmul(random, 2000))
    if (kind === 'task, waited for') return post('/tasks?wait=true', matmul(random, 2000))
    if (kind === 'batch') return post('/v1/estimate', batch(random))
    if (kind === 'trace') {
      return { method: 'POST', path: '/v1/traces?wait=true', body: trace(random) }
    }
    if (kind === 'garbage') return garbage(random)
    return { path: `/tasks/${this.last ?? 'none'}` }
  }

  async ask(kind) {
    const { service } = this
    const began = performance.now()
    let answer
    try {
      answer = await exchange({ agent: this.agent, url: service.url, ...this.requestOf(kind) })
    } catch {
      // The process that was asked has been killed; nothing was acknowledged.
      this.broken++
      if (service === this.service && !this.killing) count(this.wrong, `${kind}: connection broke`)
      return
    }
    const { status, text } = answer
    count(this.statuses, status)
    if (!isExpected(kind, status)) {
      count(this.wrong, `${kind}: ${status} ${text.slice(0, 100)}`)
      return
    }
    if (status !== 200 || kind === 'garbage') return
    if (!this.tookMs.has(kind)) this.tookMs.set(kind, [])
    this.tookMs.get(kind).push(performance.now() - began)
    if (kind.startsWith('task')) {
      this.last = JSON.parse(text).task_id
      this.accepted.add(this.last)
    }
  }

  /** Kills the service and fills its disk, in turn, at even times. */
  async disturb(kills, fills) {
    const count = kills + (this.mounted ? fills : 0)
    const gapMs = this.lastsMs / (count + 1)
    for (let i = 0; i < count; i++) {
      await delay(gapMs - (i === 0 ? 0 : 5000))
      const isFill =
        this.mounted && (i % 2 === 1 ? this.done.fills < fills : this.done.kills >= kills)
      if (isFill) await this.fill()
      else await this.kill()
    }
  }

  async kill() {
    this.done.kills++
    this.killing = true
    this.up = (async () => {
      const { child } = this.service
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exited
      this.agent.destroy()
      const { resumed } = await this.start()
      this.resumed += resumed
      this.killing = false
    })()
    await this.up
  }

  async fill() {
    this.done.fills++
    const ballast = join(this.folder, 'ballast')
    for (let mib = 512; mib >= 1; mib /= 2) {
      try {
        for (;;) writeFileSync(ballast, new Uint8Array(mib * 2 ** 20), { flag: 'a' })
      } catch {
        // As full as pieces of this size make it.
      }
    }
    await delay(5000)
    rmSync(ballast)
  }

  /** Waits until nothing waits or runs, and nothing fails any more. */
  async settle() {
    const until = performance.now() + SETTLES_MS
    for (;;) {
      const { text } = await exchange({ agent: this.agent, url: this.service.url, path: '/health' })
      const { task_counts, status } = JSON.parse(text)
      if (task_counts.queued + task_counts.running === 0 && status === 'ok') return
      if (performance.now() > until) return count(this.wrong, `at the end: ${text}`)
      await delay(500)
    }
  }

  /** Acknowledged tasks that are not there, or did not end well. */
  async readBack() {
    const ids = [...this.accepted]
    const lost = []
    let at = 0
    const read = async () => {
      while (at < ids.length) {
        const id = ids[at++]
        const path = `/tasks/${id}`
        const { status, text } = await exchange({ agent: this.agent, url: this.service.url, path })
        if (status !== 200 || JSON.parse(text).status !== 'done') lost.push(id)
      }
    }
    await Promise.all(Array.from({ length: 32 }, read))
    return lost
  }

  report(lost) {
    const { done, accepted, resumed, statuses, tookMs, wrong, broken } = this
    console.log(`${this.lastsMs / 60_000} minutes, ${done.kills} kills, ${done.fills} full disks`)
    console.log(
      `answers: ${[...statuses]
        .sort()
        .map(([status, n]) => `${n} × ${status}`)
        .join(', ')}; ${broken} connections broke`,
    )
    console.log(`tasks acknowledged ${accepted.size}, run again ${resumed}, lost ${lost.length}`)
    for (const [kind, ms] of tookMs) {
      const sorted = Float64Array.from(ms).sort()
      const at = (p) => quantileSorted(sorted, p).toFixed(0)
      console.log(`${kind}: ${ms.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
    }
    const last = this.rssMiB.at(-1)
    for (const [i, samples] of this.rssMiB.entries()) {
      const quarter = (q) =>
        Math.max(0, ...samples.slice((q * samples.length) / 4, ((q + 1) * samples.length) / 4 + 1))
      const peaks = [0, 1, 2, 3].map((q) => Math.round(quarter(q))).join(', ')
      console.log(`memory of process ${i + 1} over ${samples.length} s, MiB by quarters: ${peaks}`)
    }
    for (const [text, n] of wrong) console.log(`WRONG ${n} × ${text}`)
    const peak = Math.max(...last)
    return lost.length === 0 && wrong.size === 0 && peak < MOST_MIB ? 0 : 1
  }

  cleanUp() {
    this.agent?.destroy()
    this.service?.child.kill()
    if (this.mounted) spawnSync('umount', ['-l', this.folder])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

// What a service may say while its disk is full, while it starts again, or when too much comes at once.
function isExpected(kind, status) {
  if (status === 200 || status === 429 || status === 503 || status === 507) return true
  if (kind === 'garbage') return status < 500
  return kind === 'read' && status === 404
}

function count(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1)
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Mulberry32: the same requests in the same order for a seed. */
function mulberry32(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
