import assert from 'node:assert/strict'
import fs from 'node:fs'

export const options = { signedOut: true }
const NEW = 'a new horse battery 7'

export const journeys = {
  async 'the password made at the first start must be changed'(t) {
    const server = await t.suite.server()
    const made = fs.readFileSync(server.passwordFile, 'utf8').trim()
    assert.equal(fs.statSync(server.passwordFile).mode & 0o777, 0o600)
    // What was printed may still be on its way to us.
    for (let tries = 0; tries < 100 && !server.output.includes(made); tries += 1) await t.page.waitForTimeout(100)
    assert.equal(server.output.split(made).length, 2, 'the password is printed once')
    await t.signIn('admin', made, server)
    assert.equal(t.here(), '/account/password')
    await t.shows('The first password must be changed.')
    for (const address of ['/', '/topics', '/create-topic', '/messages']) {
      await t.open(address, server)
      assert.equal(t.here(), '/account/password', `${address} opens before the change`)
    }
    const refusals = [
      [{ present: 'wrong', new: NEW, again: NEW }, 'present', 'That is not the present password.'],
      [{ present: made, new: 'short', again: 'short' }, 'new', '5 characters are too few. Enter 12 or more.'],
      [{ present: made, new: NEW, again: `${NEW}!` }, 'again', 'The two new passwords differ.'],
      [{ present: made, new: made, again: made }, 'new', 'It is the present password.'],
    ]
    for (const [fields, field, text] of refusals) {
      await t.fill(fields)
      await t.press('Change password')
      assert.equal(t.status(), 422)
      await t.refused(field, text)
    }
    await t.fill({ present: made, new: NEW, again: NEW })
    await t.press('Change password')
    assert.equal(t.here(), '/')
    await t.shows('Password changed.')
    assert.ok(!fs.existsSync(server.passwordFile), 'the file is gone once the password is changed')
    await t.context.clearCookies()
    await t.signIn('admin', made, server)
    assert.equal(t.status(), 422)
    await t.signIn('admin', NEW, server)
    assert.equal(t.here(), '/')
    await server.stop()
  },
}
