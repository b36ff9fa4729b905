// A route: what the service does, and what /openapi.json says of it. Both come from here, so that nothing is
// served that is not described.
import type { Context, Hono } from 'hono'
import type { z } from 'zod'

/** One way to ask the service. */
export interface Route {
  method: 'get' | 'post'
  /** In Hono's form: `/tasks/:id`. */
  path: string
  operationId: string
  summary: string
  /** Whether it is answered without the token. */
  isPublic?: boolean
  query?: z.ZodObject
  /** Schema of the JSON body, or the media type of another. */
  body?: z.ZodType | string
  /** By status code. */
  answers: Readonly<Record<number, RouteAnswer>>
  handle: (c: Context) => Response | Promise<Response>
}

/** One answer of a route. */
export interface RouteAnswer {
  description: string
  /** Schema of the JSON body, or the media type of another. */
  body: z.ZodType | string
}

/** Adds routes to an application, and 405 for other methods on their paths. */
export function addRoutes(app: Hono, routes: readonly Route[]): void {
  const allowed = new Map<string, string>()
  for (const { method, path, handle } of routes) {
    app.on(method.toUpperCase(), path, handle)
    const others = allowed.get(path)
    allowed.set(path, [...(others === undefined ? [] : [others]), method.toUpperCase()].join(', '))
  }
  for (const [path, methods] of allowed) {
    app.all(path, (c) => {
      c.header('Allow', methods)
      return c.json({ detail: 'Method Not Allowed' }, 405)
    })
  }
}
