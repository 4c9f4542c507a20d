// Twenty tasks of an operator, each really done from the overview, and what it takes: clicks, fields gone into, Enter. Beside each stands
// what the same takes in Redpanda Console (rp) and Kafbat UI (kb), by their way to it; `null` where they have none. Every task takes no
// more than in the better of the two.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { Hand } from '../lib/hand.mjs'
import { commit, connect, createTopics, disconnect } from '../lib/seed.mjs'

// A console of its own: lists that fit on a page, as a peer's would in the same task.
export const options = { signedOut: true }
const PASSWORD = 'tasks of a mill 5'
const DAY_MS = 24 * 3600_000

/** Names that only one mode changes. */
const own = (t, what) => `${what}-${t.script ? 'a' : 'b'}`

const nav = (t, name) => t.page.locator('.nav').getByRole('link', { name, exact: true })
const main = (t) => t.page.locator('main')
const link = (t, name) => main(t).getByRole('link', { name, exact: true })
const button = (t, name) => main(t).getByRole('button', { name, exact: true })
const row = (t, name) => main(t).locator('tbody tr').filter({ has: t.page.getByRole('link', { name, exact: true }) })
/** A figure of a topic's row in the list, which leads to what it counts. */
const figure = (t, topic, what) => row(t, topic).getByRole('link', { name: what })
const menu = (t, name) => row(t, name).locator('details.menu summary')

/** Yesterday at noon in the viewer's zone, as its field takes it. */
function yesterdayNoon(t) {
  const zone = t.script ? 'Europe/Berlin' : 'UTC'
  return `${new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(Date.now() - DAY_MS)}T12:00`
}

const TASKS = [
  {
    title: 'find the laggiest group',
    rp: [3, 'Consumer Groups, Lag head twice'], kb: [2, 'Consumers, Consumer Lag head'],
    async do(t, hand) {
      await hand.go(nav(t, 'Groups'))
      await hand.go(main(t).locator('th').getByRole('link', { name: 'Lag', exact: true }))
      assert.equal((await t.rows())[0][0], 'laggard')
    },
  },
  {
    title: 'download a message by its key',
    rp: [8, 'Topics, topic, Add filter, code, Save, row, Download record, confirm'], kb: [7, 'Topics, topic, Messages, Search, row, menu, Save as a file'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Messages$/))
      await hand.type(t.page.locator('#text'), 'order-17')
      await hand.enter(t.page.locator('#text'))
      await hand.go(main(t).locator('tbody th').getByRole('link').first())
      hand.count += 1
      const file = await t.download(main(t).getByRole('link', { name: 'Download Whole message' }))
      assert.equal(JSON.parse(file.bytes.toString()).key, 'order-17')
    },
  },
  {
    title: 'reset one partition to yesterday noon',
    rp: [8, 'Consumer Groups, group, pencil of the partition, strategy (2), time, Review, Apply'],
    kb: [12, 'Consumers, group, menu, Reset offset, topic (2), type (2), partition (2), time, Submit'],
    async do(t, hand) {
      await hand.go(nav(t, 'Groups'))
      await hand.go(link(t, own(t, 'resets')))
      await hand.go(main(t).getByRole('link', { name: 'Reset… partition 1', exact: true }))
      await hand.go(link(t, 'Time'))
      await hand.type(t.page.locator('#time'), yesterdayNoon(t))
      await hand.go(button(t, 'Preview'))
      await hand.go(button(t, 'Reset 1 offset'))
      await t.shows('1 offset of group', '.toast')
      const [found] = await t.kafka.admin.fetchOffsets({ groupId: own(t, 'resets'), topics: ['orders'] })
      const offsets = Object.fromEntries(found.partitions.map(({ partition, offset }) => [partition, offset]))
      assert.deepEqual([offsets[0], offsets[1]], ['9', '5'], 'partition 1 stands at its first message of that noon or later')
    },
  },
  {
    title: 'tag five topics',
    rp: null, kb: null,
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      for (const n of [1, 2, 3, 4, 5]) await hand.click(t.page.getByLabel(`Select ${own(t, 'bare')}-${n}`, { exact: true }))
      await hand.go(button(t, 'Tag…'))
      await hand.type(t.page.locator('#key-1'), own(t, 'team'))
      await hand.type(t.page.locator('#value-1'), 'shop')
      await hand.go(button(t, 'Bind tags'))
      await t.shows('bound to 5 resources.', '.toast')
    },
  },
  {
    title: 'find who reads a topic',
    rp: [3, 'Topics, topic, Consumers'], kb: [3, 'Topics, topic, Consumers'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Groups$/))
      assert.ok((await t.rows()).some(([group]) => group === 'laggard'))
    },
  },
  {
    title: 'see the last message of a topic',
    rp: [2, 'Topics, topic: newest first'], kb: [3, 'Topics, topic, Messages'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Messages$/))
      assert.equal((await t.rows())[0][4], 'message 59')
    },
  },
  {
    title: 'see what a topic has overridden',
    rp: [3, 'Topics, topic, Configuration'], kb: [3, 'Topics, topic, Settings'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(link(t, 'overridden'))
      assert.ok((await t.rows()).some((cells) => cells[0] === 'retention.ms' && cells[3] === 'This topic'))
    },
  },
  {
    title: 'raise the retention of three topics',
    rp: [16, 'Topics; three times: topic, Configuration, Edit, value, Save'], kb: [18, 'Topics; three times: topic, menu, Edit settings, value, Update; twice Topics'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      for (const n of [1, 2, 3]) await hand.click(t.page.getByLabel(`Select ${own(t, 'short')}-${n}`, { exact: true }))
      await hand.go(button(t, 'Change retention…'))
      await hand.type(t.page.locator('#retention'), '240')
      await hand.go(button(t, 'Change retention of 3 topics'))
      assert.deepEqual((await t.rows()).map((cells) => cells[1]), Array(3).fill('Retention changed'))
    },
  },
  {
    title: 'create a topic',
    rp: [4, 'Topics, Create topic, name, Create'], kb: [5, 'Topics, Add a topic, name, partitions, Create'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(link(t, 'Create topic'))
      await hand.type(t.page.locator('#name'), own(t, 'created'))
      await hand.go(button(t, 'Create topic'))
      assert.equal(t.here(), `/topics/${own(t, 'created')}`)
    },
  },
  {
    title: 'delete records before a time',
    rp: [8, 'Topics, topic, Delete records, partitions, Next, timestamp, time, Delete'], kb: null,
    async do(t, hand) {
      const name = own(t, 'aged')
      await hand.go(nav(t, 'Topics'))
      await hand.click(menu(t, name))
      await hand.go(row(t, name).getByRole('link', { name: 'Delete records' }))
      await hand.click(main(t).getByRole('radio', { name: /^A time/ }))
      await hand.type(t.page.locator('#time'), yesterdayNoon(t))
      await hand.go(button(t, 'Show what goes'))
      await hand.type(t.page.locator('#confirm'), name)
      await hand.go(button(t, 'Delete 5 messages'))
      await t.shows('5 messages of 1 partition', '.toast')
    },
  },
  {
    title: 'find a message by its text',
    rp: [6, 'Topics, topic, Add filter, code, Save, and again to see it'], kb: [4, 'Topics, topic, Messages, Search'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Messages$/))
      await hand.type(t.page.locator('#text'), 'message 42')
      await hand.enter(t.page.locator('#text'))
      assert.deepEqual((await t.rows()).map((cells) => cells[4]), ['message 42'])
    },
  },
  {
    title: 'send a tombstone',
    rp: [7, 'Topics, topic, Produce record, key, type of the value (2), Produce'], kb: null,
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(link(t, own(t, 'compacted')))
      await hand.go(link(t, 'Send message'))
      await hand.type(t.page.locator('#key'), 'gone')
      await hand.choose(t.page.locator('[name=value-as]'), 'null')
      await hand.go(button(t, 'Send message'))
      await t.shows('1 message was sent', '.toast')
    },
  },
  {
    title: 'export the list of topics',
    rp: null, kb: [2, 'Topics, Export CSV'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      hand.count += 1
      const file = await t.download(main(t).getByRole('link', { name: /^CSV of/ }))
      assert.ok(file.bytes.toString().includes('\r\norders,3,'))
    },
  },
  {
    title: 'revoke a session',
    rp: null, kb: null,
    async do(t, hand) {
      const other = await t.suite.journey(t.script, { signedOut: true, context: { userAgent: own(t, 'forgotten') } })
      await other.signIn('admin', PASSWORD, t.server)
      await hand.click(t.page.locator('.top summary').filter({ hasText: 'admin' }))
      await hand.go(t.page.locator('.top').getByRole('link', { name: 'Account', exact: true }))
      await hand.click(main(t).locator('tbody tr', { hasText: own(t, 'forgotten') }).getByRole('button'))
      await t.page.locator('.toast', { hasText: 'Session signed out.' }).waitFor()
      await other.end()
    },
  },
  {
    title: 'find who deleted a topic',
    rp: null, kb: [4, 'Topics, audit topic, Messages, Search'],
    async do(t, hand) {
      await hand.go(nav(t, 'Audit log'))
      const search = main(t).getByRole('searchbox')
      await hand.type(search, own(t, 'deleted'))
      await hand.enter(search)
      const [found] = (await t.rows()).filter((cells) => cells[0].includes('topic:delete') || cells[0].includes('deleteTopic'))
      assert.ok(found, (await t.rows()).join('\n'))
      assert.ok(found[2].includes(own(t, 'deleted')) && found[3].includes('admin'), found.join(' | '))
    },
  },
  {
    title: 'find the coordinator of a group',
    rp: [1, 'Consumer Groups'], kb: [1, 'Consumers'],
    async do(t, hand) {
      await hand.go(nav(t, 'Groups'))
      const [found] = (await t.rows()).filter(([id]) => id === 'laggard')
      assert.equal(found[2], '1')
    },
  },
  {
    title: 'copy the permanent link of a message',
    rp: null, kb: null,
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Messages$/))
      await hand.go(main(t).locator('tbody th').getByRole('link').first())
      const own = await link(t, 'Open on its own page').getAttribute('href')
      if (!t.script) return hand.go(link(t, 'Open on its own page'))
      await t.context.grantPermissions(['clipboard-read', 'clipboard-write'])
      await hand.click(button(t, 'Copy link'))
      await t.page.locator('[data-copy][data-done]').first().waitFor()
      assert.equal(await t.page.evaluate(() => navigator.clipboard.readText()), t.server.url + own)
    },
  },
  {
    title: 'find a topic by a part of its name, from any page', from: '/account',
    rp: [3, 'Topics, Search, topic'], kb: [3, 'Topics, Search, topic'],
    async do(t, hand) {
      const search = t.page.locator('[data-find] input')
      await hand.type(search, 'verrid')
      if (t.script) await hand.go(t.page.getByRole('option', { name: 'overridden' }))
      else {
        await hand.enter(search)
        await hand.go(link(t, 'overridden'))
      }
      assert.equal(t.here(), '/topics/overridden')
    },
  },
  {
    title: 'see the range of a partition’s log',
    rp: [3, 'Topics, topic, Partitions'], kb: [2, 'Topics, topic'],
    async do(t, hand) {
      await hand.go(nav(t, 'Topics'))
      await hand.go(figure(t, 'orders', /Partitions$/))
      assert.deepEqual((await t.rows())[1].slice(0, 3), ['1', '0', '20'])
    },
  },
  {
    title: 'delete an empty group',
    rp: [5, 'Consumer Groups, group, Delete, “delete”, Delete'], kb: [5, 'Consumers, group, menu, Delete, Confirm'],
    async do(t, hand) {
      await hand.go(nav(t, 'Groups'))
      await hand.click(menu(t, own(t, 'idle')))
      await hand.go(row(t, own(t, 'idle')).getByRole('link', { name: 'Delete group' }))
      await hand.go(button(t, 'Delete group'))
      await t.shows(`Group ${own(t, 'idle')} deleted.`, '.toast')
    },
  },
]

/** Offsets 0 to 4 of each partition are of the day before yesterday, the others of this hour. */
async function sow(kafka) {
  const own = ['a', 'b'].flatMap((mode) => [1, 2, 3, 4, 5].map((n) => `bare-${mode}-${n}`).concat([1, 2, 3].map((n) => `short-${mode}-${n}`), [`aged-${mode}`, `deleted-${mode}`]))
  await createTopics(kafka.admin, [['orders', 3], ...own.map((name) => [name, 1])])
  const configured = [['overridden', { 'retention.ms': '7200000' }], ['compacted-a', { 'cleanup.policy': 'compact' }], ['compacted-b', { 'cleanup.policy': 'compact' }]]
  await kafka.admin.createTopics({ topics: configured.map(([topic, entries]) => ({ topic, numPartitions: 1, configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })) })), waitForLeaders: true })
  const time = (n, many) => String(n < many / 2 ? Date.now() - 2 * DAY_MS : Date.now() - 60_000 + n)
  const orders = Array.from({ length: 60 }, (_, n) => ({ partition: n % 3, key: `order-${n}`, value: `message ${n}`, timestamp: String(n < 15 ? Date.now() - 2 * DAY_MS + n : Date.now() - 60_000 + n) }))
  await kafka.producer.send({ topic: 'orders', messages: orders })
  for (const mode of ['a', 'b']) {
    await kafka.producer.send({ topic: `aged-${mode}`, messages: Array.from({ length: 10 }, (_, n) => ({ value: `${n}`, timestamp: time(n, 10) })) })
    await commit(kafka.admin, `resets-${mode}`, 'orders', { 0: 9, 1: 9, 2: 9 })
    await commit(kafka.admin, `idle-${mode}`, 'orders', { 0: 20 })
  }
  await commit(kafka.admin, 'laggard', 'orders', { 0: 0, 1: 0, 2: 0 })
  await commit(kafka.admin, 'near', 'orders', { 0: 20, 1: 20, 2: 19 })
}

let begun

/** The console of all tasks, and who is signed in in each mode: begun by the first. */
async function begin(suite) {
  const server = await suite.server({ MILLRACE_ADMIN_PASSWORD: PASSWORD })
  const kafka = await connect(server.bootstrap)
  await sow(kafka)
  const signedIn = new Map()
  for (const script of [true, false]) {
    const t = await suite.journey(script, { signedOut: true })
    await t.signIn('admin', PASSWORD, server)
    await t.page.waitForURL(`${server.url}/`)
    t.server = server
    await t.open(`/topics/${own(t, 'deleted')}/delete`)
    await t.fill({ confirm: own(t, 'deleted') })
    await t.press(t.page.locator('main button.danger'))
    await t.page.waitForURL(`${server.url}/topics`)
    signedIn.set(script, await t.context.cookies())
    await t.end()
  }
  return { server, kafka, signedIn, told: [] }
}

const peer = (way) => (way ? String(way[0]) : '–')

/** The counts as a table, for people. */
function tell(t, told) {
  const lines = TASKS.map(({ title, rp, kb }) => {
    const counts = [true, false].map((script) => told.find((one) => one.title === title && one.script === script)?.count ?? '')
    return `| ${title} | ${counts.join(' | ')} | ${peer(rp)} | ${peer(kb)} | ${[rp && `RP: ${rp[1]}`, kb && `KB: ${kb[1]}`].filter(Boolean).join('; ')} |`
  })
  const head = '| task | clicks | without JavaScript | Redpanda Console | Kafbat UI | their way |\n| --- | --- | --- | --- | --- | --- |'
  fs.writeFileSync(path.join(t.suite.setup.report, 'operator-tasks.md'), `${head}\n${lines.join('\n')}\n`)
}

async function perform(t, task) {
  begun ??= begin(t.suite)
  const { server, kafka, signedIn, told } = await begun
  Object.assign(t, { server, kafka })
  await t.context.addCookies(signedIn.get(t.script))
  await t.open(task.from ?? '/')
  const hand = new Hand(t)
  await task.do(t, hand)
  const peers = [task.rp, task.kb].filter(Boolean).map(([clicks]) => clicks)
  told.push({ title: task.title, script: t.script, count: hand.count })
  tell(t, told)
  console.log(`ok   ${hand.count} clicks (Redpanda Console ${peer(task.rp)}, Kafbat UI ${peer(task.kb)}): ${task.title}${t.script ? '' : ', without JavaScript'}`)
  assert.ok(peers.every((clicks) => hand.count <= clicks), `${hand.count} clicks, peers need ${peers.join(' and ')}`)
  if (told.length === 2 * TASKS.length) await disconnect(kafka)
}

assert.equal(TASKS.length, 20)
export const journeys = Object.fromEntries(TASKS.map((task) => [task.title, (t) => perform(t, task)]))
