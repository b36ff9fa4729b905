import { expect, it } from 'vitest'
import { FlowsimError, messageOf } from './flowsim-error.js'

class Fault extends FlowsimError<'a' | 'b'> {
  override readonly name = 'Fault'
}

it('an error has its code, the name of the input, the place, the words and the cause', () => {
  const cause = new Error('inner')
  const error = new Fault('a', 'x.json: at 7: wrong', { source: 'x.json', at: { byte: 7 }, cause })
  expect(error).toMatchObject({
    name: 'Fault',
    code: 'a',
    source: 'x.json',
    at: { byte: 7 },
    message: 'x.json: at 7: wrong',
    cause,
  })
  expect(error).toBeInstanceOf(Error)
})

it('a text for the place is a JSON path', () => {
  expect(new Fault('b', 'k: wrong', 'k').at).toEqual({ path: 'k' })
})

it('what is not known is absent, not invented', () => {
  const error = new Fault('a', 'wrong')
  expect(error.source).toBeUndefined()
  expect(error.at).toBeUndefined()
  expect(Object.hasOwn(error, 'cause')).toBe(false)
})

it('a message is one line, and shows no endless word', () => {
  const { message } = new Fault('a', `x.json:\n  "${'y'.repeat(1e6)}" is wrong\r\n`)
  expect(message).toMatch(/^x\.json: "y{99}… \(1000002 characters\) is wrong/)
  expect(message).not.toMatch(/[\n\r]/)
})

it('whatever was thrown has a text', () => {
  expect([new Error('x'), 'y', 3, null].map(messageOf)).toEqual(['x', 'y', '3', 'null'])
})
