// Reads the body of a request, up to a limit. It is taken from Node's own stream: to make a web Request
// of it first costs more than the rest of a short exchange (100 of 250 µs).
import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/** The Node stream of a request. */
export function incomingOf(c: Context): IncomingMessage {
  return (c.env as HttpBindings).incoming
}

/** Bytes of the bodies that are held in memory while the rest of them comes. */
export class Receiving {
  bytes = 0

  constructor(readonly maxBytes: number) {}
}

/** The body as text; a refusal when it is above the limit, whatever length was claimed, or too much comes at once. */
export async function readBody(
  c: Context,
  maxBytes: number,
  receiving: Receiving,
): Promise<string | Response> {
  const incoming = incomingOf(c)
  const stated = Number(incoming.headers['content-length'] ?? 0)
  if (stated > maxBytes) return tooLarge(c, maxBytes)
  // Before a byte of it is read. What is only announced is not counted: who announces much and sends nothing
  // would keep out the others.
  if (receiving.bytes + stated > receiving.maxBytes) return tooMuch(c)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // A stream that is destroyed takes its connection with it, and the refusal would not arrive.
    const parts = incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    for await (const chunk of parts) {
      bytes += chunk.length
      receiving.bytes += chunk.length
      if (bytes > maxBytes) return tooLarge(c, maxBytes)
      if (receiving.bytes > receiving.maxBytes) return tooMuch(c)
      chunks.push(chunk)
    }
  } finally {
    receiving.bytes -= bytes
  }
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8')
}

// What is left of the body is thrown away as it comes: a client whose connection is closed while it sends sees an
// error, not the answer.
function tooMuch(c: Context): Response {
  c.header('Retry-After', '1')
  return c.json({ detail: 'too many bodies at once, try again later' }, 429)
}

/** Levels of arrays and objects: a batch of operations has five. */
const DEEPEST = 32

/** A body that is JSON, or what is wrong with it. Deep nesting overflows the stack of whoever copies it. */
export function readJson(text: string): { value: unknown } | { fault: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { fault: `body: ${(error as Error).message}` }
  }
  return isDeep(value, DEEPEST) ? { fault: 'body: nested too deeply' } : { value }
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1))
}

/** 413. */
export function tooLarge(c: Context, maxBytes: number): Response {
  // What has not been read of the body would be taken for the next request.
  c.header('Connection', 'close')
  return c.json({ detail: `the body is above ${maxBytes} bytes` }, 413)
}
