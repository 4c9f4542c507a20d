import assert from 'node:assert/strict'

export const options = { signedOut: true }

export const journeys = {
  async 'five failures lock the account'(t) {
    const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: t.server.password })
    for (let left = 4; left >= 0; left--) {
      await t.signIn('admin', `wrong horse ${left}`, server)
      assert.equal(t.status(), 422)
      const shown = await t.text('.alert')
      if (left === 1) assert.match(shown, /One attempt left before this account is locked for 15 minutes\./)
      if (left === 2 || left === 3) assert.match(shown, new RegExp(`${left} attempts left`))
    }
    await t.signIn('admin', t.server.password, server)
    assert.equal(t.status(), 422)
    await t.shows('Too many failed attempts. Signing in is locked for 15 min more.')
    await t.open('/topics', server)
    assert.equal(t.here(), '/login?next=%2Ftopics')
    await server.stop()
  },
}
