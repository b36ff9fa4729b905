// The service that served the page, where one did: it simulates traces that are sent to it.
import type { ParseSummary, SimulationSummary } from '@flowsim/trace-schema'
import type { Prediction } from '../worker/report.js'

/** Whether a service answers beside this page. */
export const hasService = document.querySelector('meta[name="flowsim-service"]') !== null

/** The service asks who is there. */
export class TokenNeeded extends Error {
  override readonly message = 'This service asks for its token.'
}

/** What the service says of a trace. */
interface Answer {
  id: string
  status: 'queued' | 'running' | 'done' | 'failed'
  detail?: string
  result: null | { error: string } | { trace: ParseSummary; simulation: SimulationSummary | null }
}

/** Sends a trace, waits until it is simulated, and gives its report. */
export async function simulateOnService(
  file: File,
  choice: Prediction & { salvage: boolean; token: string },
  onWait: (seconds: number) => void,
): Promise<{ html: string; simulation: SimulationSummary | null }> {
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = choice.token === '' ? {} : { authorization: `Bearer ${choice.token}` }
    const response = await fetch(path, { ...init, headers })
    if (response.status === 401) throw new TokenNeeded()
    return response
  }
  const { hardware, model, salvage } = choice
  const query = new URLSearchParams({ name: file.name, hardware, model, salvage: `${salvage}` })
  let answer: Answer = await (
    await ask(`v1/traces?${query}`, { method: 'POST', body: file })
  ).json()
  const fromMs = Date.now()
  while (answer.status === 'queued' || answer.status === 'running') {
    onWait(Math.round((Date.now() - fromMs) / 1000))
    await new Promise((resolve) => setTimeout(resolve, 400))
    answer = await (await ask(`v1/traces/${answer.id}`)).json()
  }
  const { result } = answer
  if (answer.status !== 'done' || result === null || 'error' in result) {
    throw new Error(
      answer.detail ?? (result !== null && 'error' in result ? result.error : 'it failed'),
    )
  }
  const html = await (await ask(`v1/traces/${answer.id}/report`)).text()
  return { html, simulation: result.simulation }
}
