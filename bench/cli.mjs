// What a user types, in CPU seconds and peak memory of the whole process. The commands take turns. Needs a build.
//
//   node bench/cli.mjs TRACE.json.gz [--runs 5] [--only parse,run] [--against OTHER_CHECKOUT]
//   node bench/cli.mjs [--runs 5] [--only version,estimate] [--against OTHER_CHECKOUT]
//
// With a trace: commands that read it, beside `gzip -dc` of the file and JSON.parse of its text. Without: commands
// that are start-up for the most part, beside a Node that does nothing.
//
// `--against` adds the same commands of another built checkout, such as the commit before. Large files:
// node bench/make-trace.mjs operators 250000 dense.json.gz; node bench/make-large-trace.mjs TRACE 18 large.json.gz
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { interleave, measureNode, measureShell, printTable } from './lib/measure.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    against: { type: 'string' },
  },
})
const [trace] = positionals
const out = mkdtempSync(join(tmpdir(), 'flowsim-bench-out-'))
const MATMUL = ['matmul', '--set', 'm=4096', '--set', 'n=4096', '--set', 'k=4096']
const startUp = {
  version: ['--version'],
  help: ['--help'],
  estimate: ['estimate', ...MATMUL, '--hardware', 'h100_sxm'],
  'hardware-list': ['hardware', 'list'],
  'serving-run': ['serving', 'run', '--config', 'examples/serving/llama-8b.yaml', '--json'],
}
const ofTrace = {
  parse: ['parse', trace, '--stacks', 'none', '-o', out],
  'parse-stacks': ['parse', trace, '--stacks', 'python', '-o', out],
  analyze: ['analyze', trace],
  simulate: ['simulate', trace, '--hardware', 'h100_sxm', '-o', out],
  replay: ['replay', trace, '-o', out],
  run: ['run', trace, '-o', out],
}
const commands = trace === undefined ? startUp : ofTrace
const only = flags.only?.split(',') ?? Object.keys(commands)

const ways =
  trace === undefined
    ? { node: () => measureNode(['-e', '0']) }
    : {
        gzip: () => measureShell('gzip -dc "$1"', trace),
        'JSON.parse': () =>
          measureNode([
            '-e',
            `JSON.parse(require('zlib').gunzipSync(require('fs').readFileSync(${JSON.stringify(trace)})).toString())`,
          ]),
      }
for (const name of only) {
  const flowsim = (root) => join(resolve(root), 'apps/cli/dist/flowsim.js')
  ways[`flowsim ${name}`] = () => measureNode([flowsim('.'), ...commands[name]])
  if (flags.against !== undefined) {
    ways[`flowsim ${name}, ${flags.against}`] = () =>
      measureNode([flowsim(flags.against), ...commands[name]])
  }
}

try {
  printTable(interleave(ways, Number(flags.runs)))
} finally {
  rmSync(out, { recursive: true, force: true })
}
