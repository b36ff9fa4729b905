// The main job on the demo trace: what would these kernels take on a B200?
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const trace = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'
const output = 'flowsim-demo'
const args = ['apps/cli/dist/flowsim.js', 'run', trace, '--hardware', 'b200_sxm', '-o', output]

console.log(`$ flowsim ${args.slice(1).join(' ')}\n`)
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
if (status === 0) {
  console.log('\nThe demo trace is synthetic (flowsim synth made it; see examples/demo/README.md).')
  console.log(`Open the report in a browser: ${resolve(output, 'report.html')}`)
}
process.exitCode = status ?? 1
