import assert from 'node:assert/strict'

export const options = { signedOut: true }

export const journeys = {
  async 'signing out ends the session, also for whoever kept its cookie'(t) {
    await t.signIn('admin', t.server.password)
    const kept = await t.context.cookies()
    await t.open('/account')
    await t.shows('admin')
    await t.page.locator('.top summary', { hasText: 'admin' }).click()
    await t.press('Sign out')
    assert.equal(t.here(), '/login')
    await t.context.addCookies(kept)
    await t.open('/account')
    assert.equal(t.here(), '/login?next=%2Faccount')
    await t.page.goBack()
    await t.open('/topics/orders')
    assert.equal(t.here(), '/login?next=%2Ftopics%2Forders')
  },
}
