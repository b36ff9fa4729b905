import type { ReportPage } from '@flowsim/trace-schema'
import { render } from 'preact'
import { App } from './app.js'
import { decode } from './model.js'
import './base.css'
import './style.css'

const data = document.getElementById('flowsim-data')
const root = document.getElementById('app')
if (data?.textContent && root) {
  root.textContent = ''
  render(<App model={decode(JSON.parse(data.textContent) as ReportPage)} />, root)
}
