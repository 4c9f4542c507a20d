import assert from 'node:assert/strict'

export const options = { signedOut: true }
const NEW = 'another horse battery 8'

export const journeys = {
  async 'the password is changed; other sessions end, this one stays'(t) {
    const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: t.server.password })
    const other = await t.suite.journey(t.script, { signedOut: true })
    await other.signIn('admin', t.server.password, server)
    await t.signIn('admin', t.server.password, server)
    await t.open('/account', server)
    await t.press('Change password')
    await t.fill({ present: 'not it', new: NEW, again: NEW })
    await t.press(t.page.getByRole('button', { name: 'Change password' }))
    assert.equal(t.status(), 422)
    await t.refused('present', 'That is not the present password.')
    await t.fill({ present: t.server.password, new: NEW, again: NEW })
    await t.press(t.page.getByRole('button', { name: 'Change password' }))
    await t.shows('Password changed. Other sessions of this account have ended.', '.toast')
    await t.open('/topics', server)
    assert.equal(t.here(), '/topics')
    await other.open('/topics', server)
    assert.equal(other.here(), '/login?next=%2Ftopics')
    await other.signIn('admin', NEW, server)
    assert.equal(other.here(), '/topics')
    await other.end()
    await server.stop()
  },
}
