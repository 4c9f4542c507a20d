// Pictures of the console for people to look at, in `report/screenshots`. `end2end/screenshots/take` keeps them in the repository.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { commit, connect, createTopics, disconnect } from '../lib/seed.mjs'

const PASSWORD = 'pictures of a mill 4'
const MINUTE_MS = 60_000

// The layout is the same without JavaScript.
export const options = { modes: [true], signedOut: true, context: { viewport: { width: 1280, height: 800 } } }

/** Ten pages: name of the picture and address. */
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

/** Ends of the pictures' names, and the cookies of each look. */
const LOOKS = { light: { theme: 'light', lang: 'en' }, dark: { theme: 'dark', lang: 'en' }, zh: { theme: 'light', lang: 'zh-CN' } }

/** A shop: what a console looks like on an ordinary day. */
async function furnish(server) {
  const kafka = await connect(server.bootstrap)
  const topics = [['orders', 3], ['payments', 3], ['shipments', 2], ['inventory', 6], ['customers', 1], ['returns', 2], ['audit-trail', 1], ['web-clicks', 12]]
  await createTopics(kafka.admin, topics)
  const start = Date.now() - 50 * MINUTE_MS
  for (const [at, [topic]] of topics.entries()) {
    const messages = Array.from({ length: 40 + 60 * at }, (_, i) => ({
      key: `${topic}-${1000 + (i % 37)}`,
      value: JSON.stringify({ id: 8_170_000 + i, customer: `C-${(i * 7919) % 10_000}`, items: 1 + (i % 5), total: `${(i * 37) % 900}.50`, currency: 'EUR', placed: new Date(start + i * 1000).toISOString() }),
      headers: { source: i % 3 ? 'web' : 'app', 'trace-id': `4bf92f3577b34da6a3ce929d0e0e${String(4736 + i)}` },
      timestamp: String(start + i * 1000),
    }))
    await kafka.producer.send({ topic, messages })
  }
  for (const [id, topic, offsets] of [['billing', 'orders', { 0: 12, 1: 11, 2: 9 }], ['warehouse', 'shipments', { 0: 40, 1: 70 }], ['search-index', 'inventory', { 0: 30, 1: 30, 2: 30, 3: 30 }]]) {
    await commit(kafka.admin, id, topic, offsets)
  }
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

export const journeys = {
  async 'ten pages in both themes and both languages'(t) {
    const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: PASSWORD })
    t.server = server
    await furnish(server)
    await t.signIn('admin', PASSWORD)
    await t.page.waitForURL(`${server.url}/`)
    await describe(t)
    const folder = path.join(t.suite.setup.report, 'screenshots')
    fs.mkdirSync(folder, { recursive: true })
    const seen = new Set()
    for (const [look, cookies] of Object.entries(LOOKS)) {
      await t.prefer(cookies)
      for (const [name, address] of PICTURES) {
        assert.equal(await t.open(address), 200, address)
        const picture = await t.page.screenshot({ path: path.join(folder, `${name}-${look}.png`) })
        assert.ok(picture.length > 10_000, `${name}, ${look}, looks empty: ${picture.length} bytes`)
        seen.add(picture.toString('base64'))
      }
    }
    assert.equal(seen.size, Object.keys(LOOKS).length * PICTURES.length, 'no two pictures are the same')
  },
}
