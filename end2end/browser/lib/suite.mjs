// What journeys share: the server, the state of somebody signed in, topics and messages to look at.
import fs from 'node:fs'
import path from 'node:path'
import { Journey } from './journey.mjs'
import { connect, disconnect, sow } from './seed.mjs'
import { Server } from './server.mjs'

export const USER = 'admin'

export class Suite {
  constructor(browser, setup) {
    Object.assign(this, { browser, setup, servers: [], names: 0 })
    this.main = { url: setup.url, bootstrap: setup.bootstrap, password: setup.password }
  }

  /** Signs in once for each mode, and fills the server. A session keeps the result of an action for its next page, so two modes cannot share one. */
  async sow() {
    this.signedIn = new Map()
    for (const script of [true, false]) {
      const t = await this.journey(script, { signedOut: true })
      await t.signIn(USER, this.setup.password)
      await t.page.waitForURL(`${this.main.url}/`)
      this.signedIn.set(script, await t.context.storageState())
      await t.end()
    }
    this.kafka = await connect(this.setup.bootstrap)
    await sow(this.kafka)
    await this.sowTags()
  }

  /** A tag that every journey may look at. */
  async sowTags() {
    const t = await this.journey(false)
    await t.open('/tags/bind?key=team&value=shop&key=pci&value=&to=topic:orders&to=topic:empty&to=instance:')
    await t.press('Bind tags')
    await t.page.waitForURL(`${this.main.url}/tags`)
    await t.end()
  }

  /** A browser context of its own, signed in unless told otherwise. */
  async journey(script, { signedOut = false, ...rest } = {}) {
    const t = new Journey(this, script)
    await t.begin({ storageState: signedOut ? undefined : this.signedIn.get(script), ...rest.context })
    return t
  }

  /** A topic name no other journey uses. */
  name(what) {
    return `${what}-${++this.names}`
  }

  /** Another server, with an empty data directory. */
  async server(environment) {
    const home = fs.mkdtempSync(path.join(this.setup.scratch, 'server-'))
    const server = new Server(this.setup.binary, home)
    this.servers.push(server)
    await server.start(environment)
    return server
  }

  async end() {
    for (const server of this.servers) await server.stop()
    if (this.kafka) await disconnect(this.kafka)
  }
}
