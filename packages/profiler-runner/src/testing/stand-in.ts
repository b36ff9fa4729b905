// Starts the stand-in engine of fixtures/ for a test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.js'
import { requestJson } from '../http.js'
import { ProcessGroup } from '../process-group.js'
import { sleep } from '../wait.js'

/** Path of the stand-in engine. */
export const STAND_IN: string = fileURLToPath(
  new URL('../../fixtures/stand-in-engine.mjs', import.meta.url),
)

/** A stand-in engine that answers at `url`. */
export interface RunningStandIn {
  url: string
  port: number
  group: ProcessGroup
  stop: () => Promise<void>
}

/** Starts a stand-in engine with the given arguments and waits until it is healthy. */
export async function startStandIn(...args: string[]): Promise<RunningStandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-stand-in-'))
  const port = await freePort()
  const group = await ProcessGroup.start(
    [process.execPath, STAND_IN, '--port', String(port), ...args],
    { logFile: join(folder, 'engine.log') },
  )
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const healthy = await requestJson(`${url}/health`).then(
      (response) => response.status === 200,
      () => false,
    )
    if (healthy) break
    if (group.exit !== undefined) throw new Error(`stand-in ended: ${await group.logTail()}`)
    await sleep(20)
  }
  return {
    url,
    port,
    group,
    async stop() {
      await group.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
