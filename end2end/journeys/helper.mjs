// What every spec uses: a journey with and without JavaScript, a signed-in page, messages to look at.
import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'

export const url = process.env.E2E_URL
export const bootstrap = process.env.E2E_BOOTSTRAP
export const password = process.env.E2E_PASSWORD
export const journeys = []

/**
 * One user action. `body({ page, context, js })` runs in a fresh context, once with JavaScript and once without.
 * Options: `js: [true]` for what only a script does, `signedIn: false`, and Playwright's context options under `context`.
 */
export function journey(title, options, body) {
  if (!body) [options, body] = [{}, options]
  for (const js of options.js ?? [true, false]) {
    journeys.push({ signedIn: true, context: {}, ...options, title: `${title}${js ? '' : ', without JavaScript'}`, js, body })
  }
}

const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.ERROR })
export const admin = kafka.admin()
let made = 0

export const connect = () => admin.connect()

/** A topic no other journey uses. */
export async function topic(numPartitions = 1, configEntries = []) {
  const name = `t${process.pid}-${++made}`
  await admin.createTopics({ topics: [{ topic: name, numPartitions, configEntries }] })
  return name
}

export const newName = () => `t${process.pid}-${++made}`

/** Writes messages. A producer each time: one that outlives a deleted topic keeps asking for it. */
export async function send(to, ...messages) {
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: to, acks: -1, messages })
  await producer.disconnect()
}

export async function partitions(name) {
  return (await admin.fetchTopicMetadata({ topics: [name] })).topics[0].partitions.length
}

export async function signIn(page, user = 'admin', word = password) {
  await page.getByLabel('User name').fill(user)
  await page.getByLabel('Password').fill(word)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export const open = (page, path) => page.goto(url + path)
export const main = (page) => page.getByRole('main')
export const heading = (page) => page.getByRole('heading', { level: 1 }).innerText()
export const textOf = async (page) => (await main(page).innerText()).replaceAll(' ', ' ')

export async function says(page, ...words) {
  const text = await page.locator('body').innerText()
  for (const word of words) {
    assert.ok(word instanceof RegExp ? word.test(text) : text.includes(word), `the page does not say ${word}:\n${text}`)
  }
}

export async function saysNot(page, ...words) {
  const text = await page.locator('body').innerText()
  for (const word of words) assert.ok(!text.includes(word), `the page says ${word}`)
}

/** A field by its label, which may end in “optional”. */
export const field = (page, label) => page.getByRole('main').getByLabel(new RegExp(`^${label}( optional)?$`))

/** What a notice on the page says. */
export const notice = (page) => page.locator('main .alert').first()

/** The error beside a field, which must be tied to it for those who hear the page. */
export async function errorAt(page, label) {
  assert.equal(await field(page, label).getAttribute('aria-invalid'), 'true', `${label} is not marked`)
  const ids = (await field(page, label).getAttribute('aria-describedby')).split(' ')
  return page.locator(`#${ids[0]}`).innerText()
}

/** Rows of the first table: cells' texts. */
export async function rows(page) {
  const all = await page.locator('main table').first().locator('tbody tr').all()
  return Promise.all(all.map(async (row) => Promise.all((await row.locator('th, td').all()).map((cell) => cell.innerText()))))
}

export const firstColumn = async (page) => (await rows(page)).map((row) => row[0])

/** The bytes a download link gives. */
export async function download(page, link) {
  const [got] = await Promise.all([page.waitForEvent('download'), link.click()])
  const parts = []
  for await (const part of await got.createReadStream()) parts.push(part)
  return { name: got.suggestedFilename(), bytes: Buffer.concat(parts) }
}

/** Fills a form by labels and sends it by its button. */
export async function submit(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) {
    const at = field(page, label)
    if ((await at.evaluate((e) => e.tagName)) === 'SELECT') await at.selectOption(value)
    else await at.fill(value)
  }
  await main(page).getByRole('button', { name: button }).click()
}
