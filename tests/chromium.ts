// Where Chromium lies, for tests of what runs in browsers. They are skipped, visibly, where there is none;
// FLOWSIM_CHROMIUM names one that is not in a usual place.
import { existsSync } from 'node:fs'
import { describe } from 'vitest'

const executablePath = [
  process.env.FLOWSIM_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path))

/** How to launch it: `chromium.launch(chromiumOptions)`. */
export const chromiumOptions: { executablePath: string; args: string[] } = {
  executablePath: executablePath ?? '',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

/** Whether there is a Chromium. */
export const hasChromium: boolean = executablePath !== undefined

/** `describe`, skipped where there is no Chromium. */
export const describeWithChromium: typeof describe.skip = hasChromium ? describe : describe.skip
