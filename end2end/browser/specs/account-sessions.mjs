import assert from 'node:assert/strict'

export const options = { signedOut: true }

/** A server of the journey's own, with one more browser signed in. */
async function two(t) {
  const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: t.server.password })
  const other = await t.suite.journey(t.script, { signedOut: true })
  await other.signIn('admin', t.server.password, server)
  await t.signIn('admin', t.server.password, server)
  return [server, other]
}

export const journeys = {
  async 'another session is signed out from the list'(t) {
    const [server, other] = await two(t)
    await t.open('/account', server)
    const rows = await t.rows()
    assert.equal(rows.length, 2, rows.join('\n'))
    assert.ok(rows[0][0].includes('this one') && rows[0].at(-1) === '', rows[0].join())
    assert.ok(rows.every((row) => row[1].includes('127.0.0.1')), rows.join('\n'))
    await t.press(t.page.locator('main table').getByRole('button'))
    await t.shows('Session signed out.', '.toast')
    assert.equal((await t.rows()).length, 1)
    await other.open('/topics', server)
    assert.equal(other.here(), '/login?next=%2Ftopics')
    await other.end()
    await server.stop()
  },

  async 'all others are signed out at once'(t) {
    const [server, other] = await two(t)
    await t.open('/account', server)
    await t.press('Sign out the other session')
    await t.shows('One other session signed out.', '.toast')
    await other.open('/', server)
    assert.equal(other.here(), '/login')
    await t.open('/topics', server)
    assert.equal(t.here(), '/topics')
    await other.end()
    await server.stop()
  },
}
