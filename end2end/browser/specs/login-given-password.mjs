import assert from 'node:assert/strict'
import fs from 'node:fs'

export const options = { signedOut: true }

export const journeys = {
  async 'a given password is neither changed, printed nor written'(t) {
    const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: t.server.password })
    assert.ok(!server.output.includes(t.server.password), server.output)
    assert.ok(!fs.existsSync(server.passwordFile))
    await t.open('/topics?q=a%20b', server)
    assert.equal(t.here(), '/login?next=%2Ftopics%3Fq%3Da%2520b')
    await t.signIn('admin', t.server.password, server)
    assert.equal(t.here(), '/topics?q=a%20b')
    await server.stop()
  },
}
