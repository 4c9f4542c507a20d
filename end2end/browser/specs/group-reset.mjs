import assert from 'node:assert/strict'

/** A topic of two partitions with ten messages each, a minute apart, and a group that has read some. */
async function behind(t) {
  const topic = await t.topic('moved', 2)
  const message = (n) => ({ partition: n % 2, value: `${n}`, timestamp: String(t.firstMs + Math.floor(n / 2) * 60_000) })
  await t.produce(topic, Array.from({ length: 20 }, (_, n) => message(n)))
  const id = await t.group('moves', topic, { 0: 5, 1: 9 })
  await t.open(`/groups/${id}`)
  await t.press(t.page.locator('.tabs').getByRole('link', { name: 'Reset offsets' }))
  return { topic, id }
}

/** Chooses a target, fills the form, previews. */
async function preview(t, target, fields = {}) {
  await t.press(t.page.locator('.segments').getByRole('link', { name: target, exact: true }))
  await t.fill(fields)
  await t.press('Preview')
}

/** The time of a message in the viewer's zone, as its field takes it; the zone is the one of the browsers here. */
function local(t, ms) {
  const zone = t.script ? 'Europe/Berlin' : 'UTC'
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(ms).replace(' ', 'T')
}

export const journeys = {
  async 'to the earliest and to the latest, all topics'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Earliest')
    await t.shows('2 offsets move · 14 read again · 0 skipped')
    await t.shows(`kafka-consumer-groups.sh --bootstrap-server`)
    await t.shows(`--topic ${topic} --to-earliest --execute`)
    assert.deepEqual((await t.rows()).map((row) => row.slice(0, 6)), [['0', '5', '→', '0', '−5', 'read again'], ['1', '9', '→', '0', '−9', 'read again']])
    await t.press('Reset 2 offsets')
    await t.shows(`2 offsets of group ${id} reset.`, '.toast')
    assert.deepEqual(await t.committed(id, topic), { 0: 0, 1: 0 })
    await t.open(`/groups/${id}/reset`)
    await preview(t, 'Latest')
    await t.press('Reset 2 offsets')
    assert.deepEqual(await t.committed(id, topic), { 0: 10, 1: 10 })
  },

  async 'to a time'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Time', { time: local(t, t.firstMs + 7 * 60_000) })
    await t.press('Reset 2 offsets')
    assert.deepEqual(await t.committed(id, topic), { 0: 7, 1: 7 })
  },

  async 'one partition to an offset'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Offset', { offset: '2', topic, partition: '1' })
    await t.press('Reset 1 offset')
    assert.deepEqual(await t.committed(id, topic), { 0: 5, 1: 2 })
  },

  async 'a shift is kept within the range, and says so'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Shift', { shift: '-7', topic })
    await t.shows('−2 is before the first message, 0')
    await t.press('Reset 2 offsets')
    assert.deepEqual(await t.committed(id, topic), { 0: 0, 1: 2 })
  },

  async 'fields that cannot be used'(t) {
    const { id } = await behind(t)
    await preview(t, 'Offset', { offset: '-1', topic: 'no-such-topic' })
    assert.equal(t.status(), 422)
    await t.refused('offset', 'Enter 0 or more', '-1')
    await t.open(`/groups/${id}/reset?to=latest&topic=no-such-topic&preview=1`)
    await t.refused('topic', 'There is no topic', 'no-such-topic')
  },

  async 'refused while somebody is in the group, by name'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Latest')
    const address = t.here()
    await t.whileReading(id, topic, async () => {
      await t.press('Reset 2 offsets')
      assert.equal(t.status(), 409)
      await t.shows('The offsets were not reset.')
      await t.shows('Cannot be applied while members are active. reader_127.0.0.1')
      assert.ok(await t.page.getByRole('button', { name: 'Reset 2 offsets' }).isDisabled())
    })
    assert.deepEqual(await t.committed(id, topic), { 0: 5, 1: 9 })
    await t.open(address)
    await t.press('Reset 2 offsets')
    assert.deepEqual(await t.committed(id, topic), { 0: 10, 1: 10 })
  },

  async 'a preview that does not hold any more is shown anew'(t) {
    const { topic, id } = await behind(t)
    await preview(t, 'Earliest')
    await t.commit(id, topic, { 0: 6 })
    await t.press('Reset 2 offsets')
    assert.equal(t.status(), 409)
    await t.shows('moved since the preview')
    assert.equal((await t.rows())[0][1], '6')
    await t.press('Reset 2 offsets')
    assert.deepEqual(await t.committed(id, topic), { 0: 0, 1: 0 })
  },
}
