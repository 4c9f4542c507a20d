import assert from 'node:assert/strict'

export const options = { signedOut: true }

const signInHere = async (t) => {
  await t.signIn('admin', t.server.password)
  assert.equal(new URL(t.page.url()).origin, t.server.url)
}

export const journeys = {
  async 'every answer carries its guards'(t) {
    await signInHere(t)
    for (const address of ['/', '/topics', '/create-topic', '/messages?topic=hostile', '/no-such-page']) {
      const headers = (await t.page.goto(t.server.url + address)).headers()
      const policy = headers['content-security-policy'] ?? ''
      assert.ok(/default-src '(none|self)'/.test(policy) && !/unsafe-(inline|eval)/.test(policy), `${address}: ${policy}`)
      assert.equal(headers['x-content-type-options'], 'nosniff', address)
    }
    const file = await t.page.request.get(`${t.server.url}/messages/download?topic=hostile&partition=0&offset=0&part=value`)
    assert.match(file.headers()['content-disposition'], /^attachment/)
    assert.equal(file.headers()['x-content-type-options'], 'nosniff')
    const cookies = await t.context.cookies()
    assert.ok(cookies.some((c) => c.httpOnly) && cookies.every((c) => c.sameSite !== 'None'), JSON.stringify(cookies))
  },

  async 'signing in never leads to another site'(t) {
    for (const next of ['https://example.org/', '//example.org/', '/\\example.org', '/%09/example.org']) {
      await t.context.clearCookies()
      await t.open(`/login?next=${encodeURIComponent(next)}`)
      await signInHere(t)
    }
  },

  async 'a form of another session is not accepted'(t) {
    await signInHere(t)
    await t.open('/create-topic')
    await t.page.locator('main input[name=csrf]').evaluate((field) => { field.value = '0'.repeat(32) })
    const name = t.suite.name('foreign-form')
    await t.fill({ name })
    await t.press('Create topic')
    await t.shows('The form was not accepted')
    assert.ok(!(await t.suite.kafka.admin.listTopics()).includes(name))
  },

  async 'signed out, no address tells anything'(t) {
    for (const address of ['/instance', '/topics/no-such-topic', '/topics/hostile', '/messages?topic=x', '/no/such/page', '/messages/download?topic=hostile&partition=0&offset=0&part=value']) {
      await t.open(address)
      await t.shows('Sign in to the console')
    }
  },
}
