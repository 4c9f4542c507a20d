// Pictures of the console for people to look at, in `report/screenshots`. `end2end/screenshots/take` keeps them in the repository.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { commit, connect, createTopics, disconnect } from '../lib/seed.mjs'

const PASSWORD = 'pictures of a mill 4'
const MINUTE_MS = 60_000

// The layout is the same without JavaScript.
export const options = { modes: [true], signedOut: true, context: { viewport: { width: 1280, height: 800 } } }

/** Only those whose names stand here, parted by commas; all without. */
const WANTED = (process.env.MILLRACE_E2E_PICTURES ?? '').split(',').filter(Boolean)
/** Writes a history of two weeks; without it there are no pictures of monitoring and alarms. */
const HISTORY = process.env.MILLRACE_E2E_HISTORY
const HISTORY_DAYS = '15'

const TOPICS = [['orders', 3], ['payments', 3], ['shipments', 2], ['inventory', 6], ['customers', 1], ['returns', 2], ['audit-trail', 1], ['web-clicks', 12]]
const GROUPS = [['billing', 'orders', { 0: 12, 1: 11, 2: 9 }], ['search-index', 'inventory', { 0: 30, 1: 30, 2: 30, 3: 30 }], ['warehouse', 'shipments', { 0: 40, 1: 70 }]]

/** Name of the picture and address. */
const PICTURES = [
  ['overview', '/'],
  ['topics', '/topics'],
  ['topic', '/topics/orders'],
  ['messages', '/messages?topic=orders&open=0.5#open'],
  ['send-message', '/topics/orders/send?from=0-5'],
  ['sample-code', '/topics/orders/samples?lang=python'],
  ['groups', '/groups'],
  ['group', '/groups/billing'],
  ['tags', '/tags'],
  ['instance', '/instance'],
]

/** The same, on the history. */
const HISTORY_PICTURES = [
  ['monitoring', '/monitoring?range=7d'],
  ['monitoring-group', '/monitoring/groups?group=warehouse&range=3h'],
  ['alarms', '/alarms'],
  ['alarms-history', '/alarms/history'],
]

const wanted = (pictures) => pictures.filter(([name]) => WANTED.length === 0 || WANTED.includes(name))

/** Ends of the pictures' names, and the cookies of each look. */
const LOOKS = { light: { theme: 'light', lang: 'en' }, dark: { theme: 'dark', lang: 'en' }, zh: { theme: 'light', lang: 'zh-CN' } }

/** A shop: what a console looks like on an ordinary day. */
async function furnish(server) {
  const kafka = await connect(server.bootstrap)
  await createTopics(kafka.admin, TOPICS)
  const start = Date.now() - 50 * MINUTE_MS
  for (const [at, [topic]] of TOPICS.entries()) {
    const messages = Array.from({ length: 40 + 60 * at }, (_, i) => ({
      key: `${topic}-${1000 + (i % 37)}`,
      value: JSON.stringify({ id: 8_170_000 + i, customer: `C-${(i * 7919) % 10_000}`, items: 1 + (i % 5), total: `${(i * 37) % 900}.50`, currency: 'EUR', placed: new Date(start + i * 1000).toISOString() }),
      headers: { source: i % 3 ? 'web' : 'app', 'trace-id': `4bf92f3577b34da6a3ce929d0e0e${String(4736 + i)}` },
      timestamp: String(start + i * 1000),
    }))
    await kafka.producer.send({ topic, messages })
  }
  for (const [id, topic, offsets] of GROUPS) await commit(kafka.admin, id, topic, offsets)
  await disconnect(kafka)
}

/** Tags and descriptions; then waits until the lists know the groups. */
async function describe(t) {
  for (const [tag, topics] of [['team=shop', ['orders', 'payments', 'returns']], ['team=logistics', ['shipments', 'inventory']], ['pci=', ['payments']]]) {
    const [key, value] = tag.split('=')
    await t.open(`/tags/bind?key=${key}&value=${value}${topics.map((topic) => `&to=topic:${topic}`).join('')}`)
    await t.press('Bind tags')
    await t.page.waitForURL((url) => url.pathname !== '/tags/bind')
  }
  for (const [topic, description] of [['orders', 'Orders as customers place them'], ['payments', 'One for each attempt to pay'], ['web-clicks', 'For the recommendations']]) {
    await t.open(`/topics/${topic}/edit`)
    await t.fill({ description })
    await t.press('Save changes')
    await t.page.waitForURL((url) => !url.pathname.endsWith('/edit'))
  }
  await t.until('/topics', async () => (await t.rows()).some((cells) => cells[0] === 'orders' && cells[9] === '1'))
}

/** Takes the pictures in every look. */
async function take(t, pictures) {
  const folder = path.join(t.suite.setup.report, 'screenshots')
  fs.mkdirSync(folder, { recursive: true })
  const seen = new Set()
  for (const [look, cookies] of Object.entries(LOOKS)) {
    await t.prefer(cookies)
    for (const [name, address] of pictures) {
      assert.equal(await t.open(address), 200, address)
      const picture = await t.page.screenshot({ path: path.join(folder, `${name}-${look}.png`) })
      assert.ok(picture.length > 10_000, `${name}, ${look}, looks empty: ${picture.length} bytes`)
      seen.add(picture.toString('base64'))
    }
  }
  assert.equal(seen.size, Object.keys(LOOKS).length * pictures.length, 'no two pictures are the same')
}

async function furnished(t) {
  const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: PASSWORD })
  t.server = server
  await furnish(server)
  return server
}

async function signIn(t) {
  await t.signIn('admin', PASSWORD)
  await t.page.waitForURL(`${t.server.url}/`)
}

export const journeys = {
  async 'pages in both themes and both languages'(t) {
    const pictures = wanted(PICTURES)
    if (pictures.length === 0) return
    await furnished(t)
    await signIn(t)
    await describe(t)
    await take(t, pictures)
  },

  async 'monitoring and alarms of a shop that has run for two weeks'(t) {
    const pictures = wanted(HISTORY_PICTURES)
    if (pictures.length === 0 || !HISTORY) return
    const server = await furnished(t)
    await server.end()
    const what = [...TOPICS.map(([name, count]) => `${name}:${count}`), ...GROUPS.map(([id, topic]) => `${id}=${topic}`)]
    // The pictures are taken before the server has sampled much itself.
    execFileSync(HISTORY, [server.home, HISTORY_DAYS, ...what], { stdio: 'ignore' })
    await server.start()
    await signIn(t)
    await take(t, pictures)
  },
}
