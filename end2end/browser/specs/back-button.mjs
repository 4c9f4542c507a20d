import assert from 'node:assert/strict'

export const journeys = {
  async 'going back never sends a form again'(t) {
    const name = t.name('back')
    let sent = 0
    t.page.on('request', (request) => (sent += request.method() === 'POST'))
    await t.open('/create-topic')
    await t.fill({ name, partitions: '2', retention: '5' })
    await t.press('Create topic')
    assert.equal(t.here(), `/topics/${name}`)
    await t.page.reload()
    await t.page.goBack()
    assert.equal(t.here(), '/create-topic')
    await t.page.goForward()
    assert.equal(t.here(), `/topics/${name}`)
    assert.equal(sent, 1)
    // The form that is come back to can be sent again, on purpose.
    await t.page.goBack()
    await t.fill({ name: `${name}-b`, partitions: '2', retention: '5' })
    await t.press('Create topic')
    assert.equal(t.here(), `/topics/${name}-b`)
    assert.equal(sent, 2)
  },
}
