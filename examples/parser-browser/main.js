// Parses the trace that the user picks, in the page, and shows its ten longest kernels.
import { parseTrace } from '@flowsim/parser'

const status = document.querySelector('#status')
const table = document.querySelector('#kernels')

document.querySelector('#file').addEventListener('change', async ({ target }) => {
  const [file] = target.files
  if (file === undefined) return
  table.replaceChildren()
  try {
    const { kernels } = await parseTrace(file, {
      source: file.name,
      onProgress: (bytes) => {
        status.textContent = `${Math.round(bytes / 1024)} KiB read`
      },
    })
    const longest = [...kernels].sort((a, b) => b.durationNs - a.durationNs).slice(0, 10)
    for (const { name, durationNs } of longest) {
      const row = table.insertRow()
      row.insertCell().textContent = `${(durationNs / 1000).toFixed(1)} µs`
      row.insertCell().textContent = name
    }
    status.textContent = `${kernels.length} kernels`
  } catch (error) {
    status.textContent = error.message
  }
})
