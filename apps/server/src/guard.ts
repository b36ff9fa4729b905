// Who may ask, and how much at once.
import { timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { isLoopback, type ServerSettings } from './options.js'

/**
 * Lets in who may come: with a token, who sends it; without one, only requests that were made to this
 * machine by name. The latter keeps out web pages that reach a local service by their own name
 * (DNS rebinding), and requests that a page of another site makes (their Origin differs).
 * @param isPublic - paths that are answered without the token
 */
export function admit(settings: ServerSettings, isPublic: ReadonlySet<string>): MiddlewareHandler {
  const token = settings.token === null ? null : Buffer.from(`Bearer ${settings.token}`)
  return async (c: Context, next: Next) => {
    const host = hostOf(c.req.header('host') ?? '')
    if (isLoopback(settings.host) && !isLoopback(host)) {
      return c.json({ detail: `this service answers to ${settings.host}, not to ${host}` }, 403)
    }
    const origin = c.req.header('origin')
    if (
      origin !== undefined &&
      origin !== `http://${c.req.header('host')}` &&
      origin !== `https://${c.req.header('host')}`
    ) {
      return c.json({ detail: 'requests from other sites are refused' }, 403)
    }
    if (token !== null && !isPublic.has(c.req.path)) {
      const given = Buffer.from(c.req.header('authorization') ?? '')
      if (given.length !== token.length || !timingSafeEqual(given, token)) {
        c.header('WWW-Authenticate', 'Bearer')
        return c.json({ detail: 'send the token: Authorization: Bearer …' }, 401)
      }
    }
    return next()
  }
}

// The name in a Host header, without its port: "localhost:8000", "[::1]:8000".
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(header)?.[1]
  return bracketed ?? header.replace(/:\d*$/, '')
}

/** Headers that every answer carries. */
export function protect(c: Context, next: Next): Promise<void> {
  // Before the answer is made: to change one afterwards costs as much as to make it.
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'no-referrer')
  c.header('Cache-Control', 'no-store')
  return next()
}
