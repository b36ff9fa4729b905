// The service under everything at once, for a long time: 200 clients with tasks, batches, traces and garbage,
// slow clients, kill -9, a full disk. Nothing that was acknowledged may be lost, and memory stays flat.
//
//   node bench/soak.mjs [--minutes 30] [--clients 200] [--kills 5] [--fills 3] [--seed 1]
//
// The store lies on a file system of 512 MiB that is made for the run (Linux, root); elsewhere the disk is not
// filled. Needs a build (`npx -y pnpm@12.21.0 build`). Fails when a task is lost, when the service answers what
// it should not, or when its memory at the end is above 500 MiB.
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Soak } from './soak/soak.mjs'

if (process.argv[2] === '--serve') await serve(process.argv[3])
else process.exit(await main())

async function serve(storePath) {
  const { startServer } = await import('../apps/server/dist/index.js')
  const server = await startServer({ port: 0, storePath, keepTasks: 10_000_000, keepBytes: 1e12 })
  process.send({ url: server.url, port: server.port, resumed: server.resumed })
  setInterval(() => process.send({ rssMiB: process.memoryUsage.rss() / 2 ** 20 }), 1000).unref()
  process.on('disconnect', () => process.exit())
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      clients: { type: 'string', default: '200' },
      kills: { type: 'string', default: '5' },
      fills: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
    },
  })
  const soak = new Soak({
    lastsMs: Number(values.minutes) * 60_000,
    seed: Number(values.seed),
    program: fileURLToPath(import.meta.url),
  })
  console.log(`cpu: ${cpus()[0].model}, ${availableParallelism()} cores; node ${process.version}`)
  try {
    await soak.start()
    const clients = Array.from({ length: Number(values.clients) }, () => soak.client())
    const slow = Array.from({ length: 8 }, () => soak.slow())
    await soak.disturb(Number(values.kills), Number(values.fills))
    await Promise.all([...clients, ...slow])
    await soak.settle()
    return soak.report(await soak.readBack())
  } finally {
    soak.cleanUp()
  }
}
