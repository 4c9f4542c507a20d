// Runs the journeys of `*.spec.mjs`: prints "ok …" or "FAILED …" for each; a failed one leaves a picture and its page in the report.
//
//   node run.mjs REPORT_FOLDER [TEXT]     (only journeys whose title has TEXT)
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { connect, journeys, open, signIn, url } from './helper.mjs'

const [report, only = ''] = process.argv.slice(2)
const SECONDS = 45
const specs = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.spec.mjs')).sort()
for (const spec of specs) await import(`./${spec}`)
await connect()

const browser = await chromium.launch({
  executablePath: process.env.E2E_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const plain = { locale: 'en-US', timezoneId: 'UTC', acceptDownloads: true, viewport: { width: 1280, height: 900 } }

async function session() {
  const context = await browser.newContext(plain)
  const page = await context.newPage()
  await open(page, '/login')
  await signIn(page)
  await page.waitForURL(url + '/')
  const state = await context.storageState()
  await context.close()
  return state
}

async function run(one, state) {
  const options = { ...plain, javaScriptEnabled: one.js, ...one.context, ...(one.signedIn ? { storageState: state } : {}) }
  const context = await browser.newContext(options)
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const troubles = []
  // What the content policy stops, what the script throws: every journey is also a test that there is none of it.
  page.on('console', (m) => { if (m.type() === 'error' && !/status of (4\d\d|503)/.test(m.text())) troubles.push(m.text()) })
  page.on('pageerror', (e) => troubles.push(e.message))
  const late = sleep(SECONDS * 1000, null, { ref: false }).then(() => { throw new Error(`not done within ${SECONDS} s`) })
  try {
    await Promise.race([one.body({ page, context, browser, js: one.js }), late])
    assert.deepEqual(troubles, [])
  } catch (error) {
    mkdirSync(report, { recursive: true })
    const file = `${report}/${one.title.replace(/\W+/g, '-')}`
    await page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => {})
    writeFileSync(`${file}.html`, await page.content().catch(() => ''))
    throw error
  } finally {
    await context.close()
  }
}

let failed = 0
const state = await session()
for (const one of journeys.filter((j) => j.title.includes(only))) {
  const began = Date.now()
  try {
    await run(one, state)
    console.log(`ok ${one.title} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log(`FAILED ${one.title}: ${error.stack.split('\n').filter((l) => !l.includes('node_modules')).slice(0, 30).join('\n')}`)
  }
}
await browser.close()
process.exit(failed ? 1 : 0)
