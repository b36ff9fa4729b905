// Ends a program when the process that started it is gone, however that ended: one that hangs does not see that its
// stdin is closed. A shell waits for the end of a pipe that only that process holds open.
import { spawn } from 'node:child_process'

/** Guards a process by its id; the result ends the guard. On Windows there is none. */
export function guard(pid: number): () => void {
  if (process.platform === 'win32') return () => {}
  const shell = spawn('sh', ['-c', 'trap "" INT HUP TERM; read -r _; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without a shell the program is not guarded, and works.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  return () => shell.kill('SIGKILL')
}
