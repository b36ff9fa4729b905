#!/usr/bin/env node
import { main } from './program/main.js'

// A reader that has seen enough (`flowsim … | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
