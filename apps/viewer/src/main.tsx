import { render } from 'preact'
import { App } from './app.js'
import { decode } from './model.js'
import { unpackPage } from './unpack.js'
import './base.css'
import './style.css'

const data = document.getElementById('flowsim-data')
const root = document.getElementById('app')
if (data?.textContent && root) void show(data.textContent, root)

async function show(text: string, place: HTMLElement) {
  const page = await unpackPage(text)
  place.textContent = ''
  render(<App model={decode(page)} />, place)
}
