// Runs specs by name, one line of input each, in one browser. See suites/browser.py.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { chromium } from 'playwright-core'
import { Suite } from './lib/suite.mjs'

const setup = JSON.parse(process.argv[2])
const specs = new URL('./specs/', import.meta.url)
const SWITCHES = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Runs every journey of a spec in each of its modes; true when all passed. */
async function run(suite, name) {
  const { journeys, options = {} } = await import(new URL(`${name}.mjs`, specs))
  let failed = 0
  for (const [title, journey] of Object.entries(journeys)) {
    const modes = (options.modes ?? [true, false]).map((script) => () => once(suite, name, title, journey, script, options))
    // Both at once, unless what a journey changes belongs to everybody.
    const passed = options.alone ? [await modes[0](), await modes[1]?.()] : await Promise.all(modes.map((mode) => mode()))
    failed += passed.filter((ok) => ok === false).length
  }
  return failed === 0
}

/** Runs one journey in one mode, and says how it went. */
async function once(suite, name, title, journey, script, options) {
  const label = `${name}: ${title} (${script ? 'with' : 'without'} JavaScript)`
  const began = performance.now()
  const t = await suite.journey(script, options)
  try {
    await journey(t)
    t.quiet()
    console.log(`ok ${label} ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return true
  } catch (error) {
    console.log(`FAILED ${label}\n${where(error)}`)
    await t.picture(`browser-${name}-${script ? 'with' : 'without'}.png`)
    return false
  } finally {
    await t.end()
  }
}

/** The error with the lines of ours it came through. */
function where(error) {
  const stack = String(error?.stack ?? error).split('\n')
  const ours = stack.filter((line) => /^\s+at /.test(line) && line.includes('/end2end/browser/') && !line.includes('driver.mjs'))
  return [...stack.filter((line) => !/^\s+at /.test(line)).slice(0, 40), ...ours].join('\n')
}

fs.mkdirSync(setup.report, { recursive: true })
const browser = await chromium.launch({ executablePath: setup.chromium, args: SWITCHES, downloadsPath: path.join(setup.scratch, 'downloads') })
const suite = new Suite(browser, setup)
try {
  await suite.sow()
  // What takes minutes by itself begins now; a spec that failed to begin says so when it is run.
  for (const name of setup.early) await (await import(new URL(`${name}.mjs`, specs))).prepare(suite).catch(() => {})
  for await (const name of readline.createInterface({ input: process.stdin })) {
    console.log((await run(suite, name)) ? '== passed' : '== failed')
  }
} finally {
  await suite.end()
  await browser.close()
}
