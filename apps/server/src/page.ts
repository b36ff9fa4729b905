// The page at `/`: take a trace, send it to be simulated, show the report. One HTML text with its own
// script and style; it talks to this service only.

/** The text of the page. */
export function page(version: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>FlowSim</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>FlowSim</h1>
<form id="form">
<label>Trace <input id="file" type="file" required></label>
<label>Hardware <select id="hardware"><option value="">as in the trace</option></select></label>
<label>Model <select id="model"></select></label>
<label id="secret" hidden>Token <input id="token" type="password" autocomplete="off"></label>
<button>Simulate</button>
</form>
<output id="state">Choose a profiler trace (Kineto JSON, .gz, .zst or .zip). It is sent to this service only.</output>
<nav>Version ${version} · <a href="openapi.json">interface</a> · <a href="health">health</a></nav>
</header>
<main id="report"></main>
<script>${SCRIPT}</script>
</body>
</html>
`
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: flex; flex-direction: column }
header { padding: 1rem 1.5rem; border-bottom: 1px solid #8884 }
h1 { font-size: 1.2rem; margin: 0 0 .5rem }
form { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: end; margin-bottom: .5rem }
label { display: grid; font-size: .85rem }
nav { font-size: .85rem; opacity: .8 }
main { flex: 1; display: grid }
iframe { border: 0; width: 100%; height: 100%; min-height: 70vh; background: Canvas }
`

const SCRIPT = `
'use strict'
const byId = (id) => document.getElementById(id)
const say = (text) => { byId('state').value = text }
const ask = async (path, init = {}) => {
  const token = byId('token').value
  const headers = token ? { authorization: 'Bearer ' + token } : {}
  const response = await fetch(path, { ...init, headers })
  if (response.status === 401) {
    byId('secret').hidden = false
    byId('token').focus()
    throw new Error('This service asks for its token.')
  }
  return response
}
const option = (value, text) => Object.assign(document.createElement('option'), { value, textContent: text })
const load = async () => {
  const { hardware, models, defaultModel } = await (await ask('v1/catalogue')).json()
  byId('hardware').append(...hardware.map(({ name, title }) => option(name, title)))
  byId('model').append(...models.map((name) => option(name, name)))
  byId('model').value = defaultModel
}
byId('token').addEventListener('change', () => {
  if (byId('model').length === 0) load().catch((error) => say(error.message))
})
byId('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const [file] = byId('file').files
  const query = new URLSearchParams({ name: file.name, hardware: byId('hardware').value, model: byId('model').value })
  try {
    say('Sending ' + file.name + ' …')
    let trace = await (await ask('v1/traces?' + query, { method: 'POST', body: file })).json()
    const from = Date.now()
    while (trace.status === 'queued' || trace.status === 'running') {
      say('Simulating ' + file.name + ', ' + Math.round((Date.now() - from) / 1000) + ' s …')
      await new Promise((resolve) => setTimeout(resolve, 400))
      trace = await (await ask('v1/traces/' + trace.id)).json()
    }
    if (trace.status !== 'done') throw new Error(trace.detail || trace.result?.error || 'failed')
    const { simulation } = trace.result
    const ms = (ns) => ns === null ? '–' : (ns / 1e6).toFixed(2) + ' ms'
    say(simulation === null
      ? 'The device of the trace is not in the catalogue: choose hardware to predict.'
      : 'Measured ' + ms(simulation.measured.endToEndNs) + ', predicted ' + ms(simulation.predicted.endToEndNs) + ' on ' + simulation.hardware + ' (' + simulation.model + '; ' + (100 * simulation.answered.timeShare).toFixed(0) + ' % of kernel time predicted).')
    const report = await (await ask('v1/traces/' + trace.id + '/report')).blob()
    const frame = document.createElement('iframe')
    frame.title = 'Report'
    frame.src = URL.createObjectURL(report)
    byId('report').replaceChildren(frame)
  } catch (error) {
    say(error.message)
  }
})
load().catch((error) => say(error.message))
`
