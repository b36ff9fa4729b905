// The ten kernels that take most of the time of a trace.
import { parseFile } from '@flowsim/parser/node'

const [path] = process.argv.slice(2)
if (path === undefined) {
  console.error('usage: node main.mjs TRACE.json.gz')
  process.exit(2)
}

const { kernels, devices } = await parseFile(path)
const byName = new Map()
let sumNs = 0
for (const { name, durationNs } of kernels) {
  const row = byName.get(name) ?? { name, count: 0, sumNs: 0 }
  row.count++
  row.sumNs += durationNs
  byName.set(name, row)
  sumNs += durationNs
}

console.log(`${kernels.length} kernels on ${devices[0]?.name ?? 'a device without a name'}`)
const rows = [...byName.values()].sort((a, b) => b.sumNs - a.sumNs).slice(0, 10)
for (const { name, count, sumNs: ns } of rows) {
  const share = ((100 * ns) / sumNs).toFixed(1).padStart(5)
  console.log(
    `${share} % ${(ns / 1000).toFixed(1).padStart(10)} µs ${count} × ${name.slice(0, 60)}`,
  )
}
