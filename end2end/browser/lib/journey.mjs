// One journey: a context with its page, and a watch on everything a page must never do.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import * as seed from './seed.mjs'

// Long enough for a machine that does other work: what is slow is measured elsewhere.
const PATIENCE_MS = 30_000

export class Journey {
  constructor(suite, script) {
    Object.assign(this, { suite, script, server: suite.main, firstMs: seed.FIRST_MS, binary: seed.BINARY, jsonValue: seed.JSON_VALUE, trouble: [], answered: new Map() })
  }

  async begin(options) {
    this.context = await this.suite.browser.newContext({
      javaScriptEnabled: this.script, locale: 'en-GB', timezoneId: 'Europe/Berlin', viewport: { width: 1280, height: 900 }, ...options,
    })
    this.context.setDefaultTimeout(PATIENCE_MS)
    this.context.on('page', (page) => this.watch(page))
    this.page = await this.context.newPage()
  }

  /** Dialogs, errors in the console, violations of the content policy, failed loads: each fails the journey. */
  watch(page) {
    page.on('dialog', (dialog) => {
      this.trouble.push(`a dialog opened: ${dialog.message()}`)
      dialog.dismiss().catch(() => {})
    })
    page.on('pageerror', (error) => this.trouble.push(`an error in the page: ${error.message}`))
    page.on('response', (answer) => {
      if (answer.request().isNavigationRequest()) this.answered.set(answer.url(), answer.status())
      else if (answer.status() >= 400) this.trouble.push(`${answer.status()} for ${answer.url()}`)
    })
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return
      // Chromium also reports the status of the page itself here; journeys check that on their own.
      const isPage = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text()) && this.answered.has(message.location().url)
      if (!isPage) this.trouble.push(`console: ${message.text()} (${message.location().url})`)
    })
  }

  /** Fails when the page did anything it must not. */
  quiet() {
    assert.deepEqual(this.trouble, [])
  }

  /** Goes to an address of the console and returns the status. */
  async open(address, server = this.server) {
    const answer = await this.page.goto(server.url + address)
    return answer?.status()
  }

  /** The status of the page that is shown. */
  status() {
    return this.answered.get(this.page.url())
  }

  /** Path and query of the page that is shown. */
  here() {
    const { pathname, search } = new URL(this.page.url())
    return pathname + search
  }

  /** Opens the login page and sends it. */
  async signIn(user, password, server = this.server) {
    if (new URL(this.page.url() === 'about:blank' ? server.url : this.page.url()).pathname !== '/login' || this.page.url() === 'about:blank') await this.open('/login', server)
    await this.page.getByLabel('User name').fill(user)
    await this.page.getByLabel('Password').fill(password)
    await this.press('Sign in')
  }

  /** Presses a button or a link that leads to another page, and waits for that. */
  async press(name, options = {}) {
    const { page } = this
    const target = typeof name === 'string' ? page.getByRole('button', { name, exact: true, ...options }).or(page.getByRole('link', { name, exact: true, ...options })) : name
    await target.click()
    await page.waitForLoadState('load')
  }

  /** Fills fields by their ids. */
  async fill(fields) {
    for (const [id, value] of Object.entries(fields)) {
      const field = this.page.locator(`#${id}`)
      if ((await field.evaluate((node) => node.tagName)) === 'SELECT') await field.selectOption(value)
      else await field.fill(value)
    }
  }

  /** Asserts that the field is refused: marked, described by its error, linked from the alert, and still holds what was typed. */
  async refused(id, text, kept) {
    const field = this.page.locator(`#${id}`)
    assert.equal(await field.getAttribute('aria-invalid'), 'true', `${id} is not marked`)
    assert.match((await field.getAttribute('aria-describedby')) ?? '', new RegExp(`^${id}-error`))
    const error = await this.text(`#${id}-error`)
    assert.ok(error.includes(text), `“${error}” is not “${text}”`)
    assert.equal(await this.page.locator(`.alert a[href="#${id}"]`).count(), 1, `no link to ${id}`)
    if (kept !== undefined) assert.equal(await field.inputValue(), kept)
  }

  /** Visible text of the one element, its white space made single. */
  async text(selector) {
    return (await this.page.locator(selector).innerText()).replace(/\s+/g, ' ').trim()
  }

  /** Asserts that the page shows the text. */
  async shows(text, selector = 'body') {
    const shown = await this.text(selector)
    assert.ok(shown.includes(text), `“${text}” is not in:\n${shown.slice(0, 1500)}`)
  }

  /** The rows of a table: text of each cell, without the boxes that pick rows. */
  async rows(selector = 'main table') {
    return this.page.locator(selector).first().locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].filter((cell) => !cell.classList.contains('pick')).map((cell) => cell.innerText.replace(/\s+/g, ' ').trim())))
  }

  /** Presses what downloads and returns the file: name and bytes. */
  async download(target) {
    const [file] = await Promise.all([this.page.waitForEvent('download'), target.click()])
    return { name: file.suggestedFilename(), bytes: fs.readFileSync(await file.path()) }
  }

  /** A topic name no other journey uses. */
  name(what) {
    return this.suite.name(what)
  }

  /** Creates a topic of its own through Kafka; gives its name. */
  async topic(what, partitions = 1) {
    const name = this.name(what)
    await seed.createTopics(this.suite.kafka.admin, [[name, partitions]])
    return name
  }

  async deleteTopic(name) {
    await this.suite.kafka.admin.deleteTopics({ topics: [name] })
  }

  async produce(topic, messages) {
    await seed.produce(this.server.bootstrap, topic, messages)
  }

  /** A group of its own without members that has committed offsets of a topic; gives its id. */
  async group(what, topic, offsets) {
    const id = this.name(what)
    await seed.commit(this.suite.kafka.admin, id, topic, offsets)
    return id
  }

  /** Commits offsets of a group without members. */
  async commit(id, topic, offsets) {
    await seed.commit(this.suite.kafka.admin, id, topic, offsets)
  }

  /** What a group has committed for a topic, by partition; −1 is nothing. */
  async committed(id, topic) {
    const [found] = await this.suite.kafka.admin.fetchOffsets({ groupId: id, topics: [topic] })
    return Object.fromEntries((found?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]))
  }

  /** Runs `body` while a consumer is in the group. */
  async whileReading(id, topic, body, clientId = 'reader') {
    const consumer = await seed.join(this.server.bootstrap, id, topic, clientId)
    try {
      await body()
    } finally {
      await consumer.disconnect()
    }
  }

  /** Opens a list again until it is as it should be: lists are a few seconds old. */
  async until(address, true_) {
    const limit = Date.now() + PATIENCE_MS
    for (;;) {
      await this.open(address)
      if (await true_()) return
      assert.ok(Date.now() < limit, `${address} did not become as expected`)
      await this.page.waitForTimeout(250)
    }
  }

  /** Language and theme, as their switches keep them. */
  async prefer(cookies) {
    await this.context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: this.server.url })))
  }

  /** The picture that tells what went wrong. */
  async picture(name) {
    await this.page.screenshot({ path: path.join(this.suite.setup.report, name), fullPage: true }).catch(() => {})
  }

  async end() {
    await this.context.close()
  }
}
