// A Web Worker for the browser test: parses the file it is sent and posts what came of it.
import { parseTrace, type TraceParseError } from '../index.js'

/** What the worker is sent. */
export interface BrowserJob {
  file: File
  stacks: 'none' | 'python'
  /** Stop once this many bytes were read. */
  abortAt?: number
}

/** What it posts back. */
export interface BrowserAnswer {
  /** Kernels as JSON. */
  kernels?: string
  code?: string
  message?: string
  /** Bytes, each time that progress was reported. */
  progress: number[]
}

const worker = self as unknown as {
  onmessage: (message: MessageEvent<BrowserJob>) => void
  postMessage: (answer: BrowserAnswer) => void
}

worker.onmessage = async ({ data: { file, stacks, abortAt } }) => {
  const controller = new AbortController()
  const progress: number[] = []
  try {
    const { kernels } = await parseTrace(file, {
      source: file.name,
      stacks,
      signal: controller.signal,
      onProgress: (bytes) => {
        progress.push(bytes)
        if (abortAt !== undefined && bytes >= abortAt) controller.abort()
      },
    })
    worker.postMessage({ kernels: JSON.stringify(kernels), progress })
  } catch (error) {
    const { code, message } = error as TraceParseError
    worker.postMessage({ code, message, progress })
  }
}
