import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROGRAM } from './docs-commands/shell.js'

// The Python package against the built program, by the machine's python3 and its own tests.

const hasPython =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0
const runs = hasPython && existsSync(PROGRAM)

it.skipIf(!runs)(
  'python: its tests pass; needs python3 3.9 and the built program',
  { timeout: 600_000 },
  () => {
    const { status, stderr } = spawnSync('python3', ['-m', 'unittest', 'discover', '-s', 'tests'], {
      cwd: 'python',
      env: {
        ...process.env,
        FLOWSIM: `"${process.execPath}" "${PROGRAM}"`,
        NODE_OPTIONS: '',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^OK\b/m)
    expect(status, stderr).toBe(0)
  },
)
