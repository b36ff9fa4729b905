// Faults that were once planted by hand and that no test noticed, planted again: every one must be noticed now.
//
//   node mutation/by-hand.mjs              all, a line each
//   node mutation/by-hand.mjs watermark    those whose name holds the word
//
// They stand in mutation/by-hand.json. No file is changed: the fault is put in while the tests load the source. The
// tests that it names run, without the corpus.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const word = process.argv[2] ?? ''
const { faults } = JSON.parse(readFileSync('mutation/by-hand.json', 'utf8'))
let missed = 0
for (const fault of faults.filter(({ what }) => what.includes(word))) {
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['vitest', 'run', '--bail=1', '--config', 'mutation/by-hand.config.ts', fault.tests],
    {
      env: { ...process.env, FLOWSIM_FAULT: JSON.stringify(fault), NO_COLOR: '1' },
      encoding: 'utf8',
    },
  )
  const test = /FAIL\s+(.*)/.exec(stdout + stderr)?.[1]
  const broken = (status !== 0 && test === undefined) || /No test files found/.test(stdout + stderr)
  if (broken) console.error(`${stdout}${stderr}`.slice(-2000))
  if (status === 0 || broken) missed++
  console.log(`${fault.what}: ${broken ? 'the tests did not run' : (test ?? 'NOT NOTICED')}`)
}
if (missed > 0) process.exit(1)
