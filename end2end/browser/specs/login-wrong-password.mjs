import assert from 'node:assert/strict'

export const options = { signedOut: true }

export const journeys = {
  async 'the answer is the same whoever it was'(t) {
    // On a server of its own: failures count against the address too.
    const server = await t.suite.server({ MILLRACE_ADMIN_PASSWORD: t.server.password })
    const answers = []
    for (const user of ['admin', 'nobody']) {
      await t.signIn(user, 'wrong horse', server)
      assert.equal(t.status(), 422)
      // How many attempts are left is counted by address too, so it differs from one try to the next.
      answers.push((await t.text('.alert')).replace(/ \d attempts left .*/, ''))
      assert.equal(await t.page.getByLabel('User name').inputValue(), user)
      assert.equal(await t.page.getByLabel('Password').inputValue(), '')
    }
    assert.deepEqual(answers, Array(2).fill('That name and password do not match.'))
    await t.open('/topics', server)
    assert.equal(t.here(), '/login?next=%2Ftopics')
    await t.signIn('admin', t.server.password, server)
    assert.equal(t.here(), '/topics')
    await server.stop()
  },
}
