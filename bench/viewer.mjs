// How fast a report opens and moves in Chromium, by its tracing: node bench/viewer.mjs REPORT.html [--runs 3]
//
// Prints the size of the file; the time from the start of navigation to the first paint, to the drawn timeline and to
// the whole page; and, for zooming in, panning and zooming out with a key a frame, the time from frame to frame. Beside
// each the CPU time of the page's main thread, which other work of the machine lengthens less. A million kernels:
//
//   node bench/make-trace.mjs operators 1000000 million.json.gz --uneven
//   node apps/cli/dist/flowsim.js run million.json.gz -o million
//   node bench/viewer.mjs million/report.html
//
// FLOWSIM_CHROMIUM names a Chromium that is not in the usual place.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { max, median, quantile } from 'd3-array'
import { chromium } from 'playwright-core'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
})
const [report] = positionals
if (report === undefined) {
  console.error('usage: node bench/viewer.mjs REPORT.html [--runs 3]')
  process.exit(2)
}

/** What is done to the timeline: a key a frame. */
const MOVES = {
  'zoom in': { key: 'w', frames: 30 },
  pan: { key: 'd', frames: 60 },
  'zoom out': { key: 's', frames: 30 },
}
/** Moments of opening, by the names of their events in a trace. */
const MOMENTS = {
  'first paint': 'firstContentfulPaint',
  timeline: 'flowsim timeline',
  'whole page': 'flowsim whole',
}
const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'loading',
  'blink.user_timing',
]
const LAUNCH = {
  executablePath: process.env.FLOWSIM_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
}

/** Opens the report in a fresh browser, and moves in it. */
async function run() {
  const browser = await chromium.launch(LAUNCH)
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.addInitScript(markMoments)
    const opening = await traced(browser, page, async () => {
      await page.goto(pathToFileURL(resolve(report)).href)
      await page.waitForFunction(() => performance.getEntriesByName('flowsim whole').length > 0)
      // The first paint can come after it.
      await page.waitForTimeout(1000)
    })
    const canvas = page.locator('#timeline canvas')
    await canvas.scrollIntoViewIfNeeded()
    await canvas.focus()
    await page.waitForTimeout(500)
    const moves = {}
    for (const [name, { key, frames }] of Object.entries(MOVES)) {
      let wall
      const trace = await traced(browser, page, async () => {
        wall = await canvas.evaluate(pressEachFrame, { key, frames })
      })
      moves[name] = { wall, cpu: workOfFrames(trace) }
    }
    return { opening: momentsOf(opening), moves }
  } finally {
    await browser.close()
  }
}

/** The events of the page's main thread while something is done, in order; times in µs. */
async function traced(browser, page, act) {
  await browser.startTracing(page, { categories: CATEGORIES })
  await act()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  const { pid, tid } = traceEvents.findLast(({ name }) => name === 'FireAnimationFrame')
  return traceEvents
    .filter((event) => event.pid === pid && event.tid === tid)
    .sort((a, b) => a.ts - b.ts)
}

/** In the page: marks the moments when the timeline is drawn and when the last section is there. */
function markMoments() {
  const marked = new Set()
  const look = () => {
    const isThere = {
      // An undrawn canvas has its default size.
      timeline: document.querySelector('#timeline canvas')?.width > 300,
      whole: document.querySelector('#notes') !== null,
    }
    for (const [name, there] of Object.entries(isThere)) {
      if (!there || marked.has(name)) continue
      marked.add(name)
      performance.mark(`flowsim ${name}`)
    }
    if (marked.size < 2) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** In the page: presses a key in each frame; the times from frame to frame in ms. */
async function pressEachFrame(canvas, { key, frames }) {
  const times = []
  let last = await new Promise(requestAnimationFrame)
  for (let f = 0; f < frames; f++) {
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    const now = await new Promise(requestAnimationFrame)
    times.push(now - last)
    last = now
  }
  return times
}

const isTask = ({ name, ph }) => name === 'RunTask' && ph === 'X'
const cpuMs = (tasks) => tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1e3

/** When each moment came, and what the main thread worked until then. */
function momentsOf(events) {
  const start = events.findLast(({ name }) => name === 'navigationStart').ts
  const tasks = events.filter((event) => isTask(event) && event.ts >= start)
  return Object.fromEntries(
    Object.entries(MOMENTS).map(([moment, event]) => {
      const { ts } = events.find(({ name, ts }) => name === event && ts >= start)
      return [
        moment,
        { wall: (ts - start) / 1e3, cpu: cpuMs(tasks.filter((task) => task.ts < ts)) },
      ]
    }),
  )
}

/** Work of the main thread in each frame in ms: all tasks from the begin of one frame to that of the next. */
function workOfFrames(events) {
  const begins = events.filter(({ name }) => name === 'FireAnimationFrame').map(({ ts }) => ts)
  const tasks = events.filter(isTask)
  return begins.slice(1).flatMap((end, f) => {
    const inside = tasks.filter(({ ts, dur }) => ts + dur > begins[f] && ts + dur <= end)
    return inside.length > 0 ? [cpuMs(inside)] : []
  })
}

const runs = []
for (let r = 0; r < Number(values.runs); r++) runs.push(await run())

const ms = (value) => `${value.toFixed(value < 100 ? 1 : 0)} ms`
console.log(`file: ${(statSync(report).size / 1e6).toFixed(1)} MB`)
for (const moment of Object.keys(MOMENTS)) {
  const of = (what) => ms(median(runs, ({ opening }) => opening[moment][what]))
  console.log(`${moment}: ${of('wall')}, CPU ${of('cpu')}`)
}
for (const move of Object.keys(MOVES)) {
  const figures = (what) => {
    const all = runs.flatMap(({ moves }) => moves[move][what])
    return `median ${ms(median(all))}, p95 ${ms(quantile(all, 0.95))}, most ${ms(max(all))}`
  }
  console.log(`${move}, frame to frame: ${figures('wall')}`)
  console.log(`${move}, CPU a frame: ${figures('cpu')}`)
}
