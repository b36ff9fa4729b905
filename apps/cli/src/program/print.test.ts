import { describe, expect, it, vi } from 'vitest'
import { note, print, printJson } from './print.js'

const HOSTILE = 'a\u001b]0;title\u0007b\u202ec\u2066d\u009b31m\u007f'

describe('text from files', () => {
  it.each([
    ['tables', () => print(HOSTILE), 'stdout'],
    ['notes', () => note(HOSTILE), 'stderr'],
    ['JSON', () => printJson({ name: HOSTILE }), 'stdout'],
  ] as const)('is made visible in %s', (_, say, stream) => {
    const write = vi.spyOn(process[stream], 'write').mockReturnValue(true)
    try {
      say()
      const text = write.mock.calls.map(([part]) => String(part)).join('')
      expect([...'\u001b\u0007\u202e\u2066\u009b\u007f'].filter((c) => text.includes(c))).toEqual(
        [],
      )
    } finally {
      write.mockRestore()
    }
  })

  it('is the same JSON value, with its characters escaped', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      printJson({ [HOSTILE]: HOSTILE })
      expect(JSON.parse(String(write.mock.calls[0]![0]))).toEqual({ [HOSTILE]: HOSTILE })
    } finally {
      write.mockRestore()
    }
  })
})
