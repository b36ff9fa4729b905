// Requests of tests to a service.
import type { RunningServer } from '../server.js'

/** An answer that was read whole. */
export interface Answer {
  status: number
  body: Record<string, unknown>
  headers: Headers
}

/** Makes a request; `json` is posted. */
export async function askServer(
  server: RunningServer,
  path: string,
  init: RequestInit & { json?: unknown } = {},
): Promise<Answer> {
  const { json, ...rest } = init
  const response = await fetch(server.url + path, {
    ...rest,
    ...(json === undefined
      ? {}
      : {
          method: 'POST',
          body: JSON.stringify(json),
          headers: { 'content-type': 'application/json', ...(rest.headers as object) },
        }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { text },
    headers: response.headers,
  }
}
