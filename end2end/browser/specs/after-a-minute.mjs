// What only a sampled minute shows. All journeys share one server, which is waited for once.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, createTopics, disconnect } from '../lib/seed.mjs'

const PASSWORD = 'a minute of the mill 7'
const PATIENCE_MS = 150_000
const MESSAGES = 12
const RULE = { name: 'Any topic at all', metric: 'current_topics', operator: 'ge', threshold: '1', level: 'critical', advice: 'Nothing, this is a try.' }

export const options = { signedOut: true, alone: true }

let shared

/** The server of all journeys, with messages and a rule that fires at the first sample. Begun early, nobody has to wait for that. */
export function prepare(suite) {
  shared ??= begin(suite)
  return shared
}

async function begin(suite) {
  const server = await suite.server({ MILLRACE_ADMIN_PASSWORD: PASSWORD })
  const t = await suite.journey(true, options)
  await enter(t, server)
  await t.open('/alarms/create-rule')
  await t.fill(RULE)
  await t.press('Create rule')
  await t.end()
  // Now the server has read its counters for the first time: what comes is of the next minute.
  const kafka = await connect(server.bootstrap)
  await createTopics(kafka.admin, [['clicks', 1]])
  await kafka.producer.send({ topic: 'clicks', messages: Array.from({ length: MESSAGES }, (_, i) => ({ value: `click ${i}` })) })
  await disconnect(kafka)
  return server
}

async function enter(t, server) {
  t.server = server
  await t.signIn('admin', PASSWORD)
  await t.page.waitForURL(`${server.url}/`)
}

/** Signs in once there is a sample. */
async function signIn(t) {
  await enter(t, await prepare(t.suite))
  const limit = Date.now() + PATIENCE_MS
  for (;;) {
    await t.open('/messages?topic=clicks')
    if ((await t.page.locator('.top .firing').count()) && (await t.page.locator('svg.volume a').count())) return
    assert.ok(Date.now() < limit, 'no minute was sampled')
    await sleep(1000)
  }
}

export const journeys = {
  async 'an alarm that fires is seen on every page of its instance'(t) {
    await signIn(t)
    for (const address of ['/', '/instance', '/topics', '/topics/clicks', '/groups', '/messages', '/monitoring', '/tags', '/alarms/rules', '/audit', '/account', '/api', '/no/such/page']) {
      await t.open(address)
      const badge = t.page.locator('.top .firing')
      assert.equal(await badge.innerText(), '1', address)
      assert.equal(await badge.getAttribute('href'), '/alarms')
      assert.match((await badge.getAttribute('aria-label')) ?? '', /1 alarm/)
    }
    await t.press(t.page.locator('.top .firing'))
    await t.shows(RULE.name)
    await t.shows(RULE.advice)
  },

  async 'its threshold is a line in the chart, named below it'(t) {
    await signIn(t)
    await t.open('/monitoring?range=1h')
    assert.match(await t.text('#topics figcaption'), /Alarm/)
    assert.match(await t.text('#topics tfoot'), /Any topic at all ≥ 1 one alarm in this range/)
    assert.equal(await t.page.locator('#topics .bound').count(), 1)
    assert.equal(await t.page.locator('#topics .wrong').count(), 1)
    assert.equal(await t.page.locator('#lag .bound').count(), 0)
    await t.press(t.page.locator('#topics tfoot a'))
    assert.equal(await t.page.locator('h1').innerText(), RULE.name)
  },

  async 'a bar of the volume leads to its messages'(t) {
    await signIn(t)
    await t.open('/messages?topic=clicks')
    const bar = t.page.locator('svg.volume a').first()
    assert.match((await bar.getAttribute('aria-label')) ?? '', /: \d+ messages$/)
    await bar.focus()
    await t.page.keyboard.press('Enter')
    await t.page.waitForURL((url) => url.searchParams.get('from'))
    await t.page.waitForLoadState('load')
    const rows = await t.rows()
    assert.deepEqual(rows.map((row) => Number(row[1])), Array.from({ length: MESSAGES }, (_, i) => i))
  },

  async 'the range stays from tab to tab'(t) {
    await signIn(t)
    await t.open('/monitoring?range=12h')
    await t.press(t.page.locator('.tabs').getByRole('link', { name: 'Broker' }))
    assert.equal(t.here(), '/monitoring/broker?range=12h')
    await t.press(t.page.locator('.tabs').getByRole('link', { name: 'Topics' }))
    await t.press(t.page.locator('main tbody').getByRole('link', { name: 'clicks' }))
    assert.equal(t.here(), '/monitoring/topics?topic=clicks&range=12h')
    assert.equal(await t.page.locator('.segments [aria-current]').first().innerText(), '12 h')
  },

  async 'charts refresh without a jump'(t) {
    await signIn(t)
    if (!t.script) {
      await t.open('/monitoring?range=1h')
      return t.press('Refresh')
    }
    await t.page.clock.install()
    await t.open('/monitoring?range=1h')
    await t.page.locator('#messages-in summary').click()
    await t.page.mouse.move(0, 0)
    await t.page.evaluate(() => {
      document.activeElement.blur()
      document.querySelectorAll('figure').forEach((figure) => (figure.dataset.old = '1'))
      window.scrollTo(0, 500)
    })
    const before = await t.page.evaluate(() => window.scrollY)
    assert.ok(before > 0, 'the page is long enough to be scrolled')
    await t.page.clock.fastForward(61_000)
    await t.page.waitForFunction(() => !document.querySelector('figure[data-old]'))
    assert.equal(await t.page.evaluate(() => window.scrollY), before)
    assert.equal(await t.page.locator('#messages-in details').getAttribute('open'), '')
    assert.equal(t.here(), '/monitoring?range=1h')
    await t.page.locator('#topics [data-plot]').focus()
    assert.match(await t.text('#topics .readout'), /Topics/)
  },
}
