// What the page knows as a trace that Perfetto opens (Trace Event Format, JSON), and the way to its tab:
// https://perfetto.dev/docs/visualization/deep-linking-to-perfetto-ui — PING until PONG, then the bytes.
import { HOST_KINDS } from '@flowsim/trace-schema'
import { kindOf, type Model, text } from './model.js'

const PERFETTO = 'https://ui.perfetto.dev'
const MEASURED = 1
const PREDICTED = 2
const HOST = 3

/** Kernels as measured, as replayed with predicted times, and the host, as the text of a trace. */
export function traceText(model: Model): string {
  const { page, host } = model
  const events: object[] = []
  const names: [number, string][] = [
    [MEASURED, 'GPU, measured'],
    ...(model.replay
      ? [[PREDICTED, `GPU, predicted for ${page.prediction!.hardware}`] as [number, string]]
      : []),
    ...(host ? [[HOST, 'Host'] as [number, string]] : []),
  ]
  for (const [pid, name] of names) {
    events.push({ ph: 'M', name: 'process_name', pid, args: { name } })
    const tracks =
      pid === HOST
        ? host!.threads.map((thread) => `thread ${thread}`)
        : page.streams.map(({ device, stream }) => `GPU ${device}, stream ${stream}`)
    tracks.forEach((track, tid) => {
      events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name: track } })
    })
  }
  for (let i = 0; i < model.count; i++) {
    const kind = kindOf(model, i)
    const event = {
      ph: 'X',
      cat: page.families[kind.family],
      name: text(model, kind.name),
      tid: model.stream[i],
      args: {
        operation: kind.op,
        shape: text(model, kind.shape),
        operator: text(model, kind.operator),
      },
    }
    events.push({
      ...event,
      pid: MEASURED,
      ts: model.start[i]! / 1e3,
      dur: model.duration[i]! / 1e3,
    })
    if (!model.replay) continue
    const [start, end] = [model.replay.start[i]!, model.replay.end[i]!]
    events.push({ ...event, pid: PREDICTED, ts: start / 1e3, dur: (end - start) / 1e3 })
  }
  if (host) {
    for (let s = 0; s < host.start.length; s++) {
      events.push({
        ph: 'X',
        pid: HOST,
        tid: host.thread[s],
        cat: HOST_KINDS[host.kind[s]!],
        name: host.names[host.name[s]!],
        ts: host.start[s]! / 1e3,
        dur: (host.end[s]! - host.start[s]!) / 1e3,
      })
    }
  }
  return JSON.stringify({ displayTimeUnit: 'ns', traceEvents: events })
}

/** Opens a trace in a tab of Perfetto; false where the browser opens no tab. */
export function openInPerfetto(model: Model): boolean {
  const tab = window.open(PERFETTO)
  if (!tab) return false
  const ping = setInterval(() => tab.postMessage('PING', PERFETTO), 50)
  const stop = () => {
    clearInterval(ping)
    removeEventListener('message', answer)
  }
  const answer = ({ data, source }: MessageEvent) => {
    if (data !== 'PONG' || source !== tab) return
    stop()
    const { buffer } = new TextEncoder().encode(traceText(model))
    tab.postMessage({ perfetto: { buffer, title: model.page.title } }, PERFETTO)
  }
  addEventListener('message', answer)
  setTimeout(stop, 60_000)
  return true
}
