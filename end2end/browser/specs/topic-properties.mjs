import assert from 'node:assert/strict'

const property = async (t, name) => (await t.rows()).find((cells) => cells[0] === name)

export const journeys = {
  async 'searched by name, value and meaning; only the topic’s own'(t) {
    const name = await t.topic('explained')
    await t.open(`/topics/${name}`)
    for (const theme of ['Retention', 'Compaction', 'Segments']) await t.shows(theme, 'main table')
    const search = t.page.getByRole('search', { name: 'Configuration' }).getByRole('searchbox')
    await search.fill('tombstone')
    await t.press('Filter')
    assert.match(t.here(), /find=tombstone/)
    assert.ok(await property(t, 'delete.retention.ms'))
    assert.equal(await property(t, 'segment.bytes'), undefined)
    await t.open(`/topics/${name}?find=1.0+GiB`)
    const [, value, fallback, source] = await property(t, 'segment.bytes')
    assert.deepEqual([value, fallback, source], ['1.0 GiB · 1073741824', '1.0 GiB', 'Default'])
    await t.open(`/topics/${name}?find=%3Cb%3Enone`)
    await t.shows('No property matches')
    await t.press('Show all properties')
    await t.page.getByLabel('Only the topic’s own').check()
    await t.press('Filter')
    assert.match(t.here(), /own=1/)
    assert.equal(await property(t, 'segment.bytes'), undefined)
  },

  async 'one is edited, refused outside its range, and reset'(t) {
    const name = await t.topic('one')
    await t.open(`/topics/${name}`)
    await t.press('Edit segment.bytes')
    assert.equal(t.here(), `/topics/${name}/properties?only=segment.bytes`)
    for (const [value, text] of [['1023', '1,023 is below the least, 1,024. Enter 1,024–2,147,483,647.'], ['3 GiB', '3,221,225,472 is above the limit of 2,147,483,647.'], ['big', '“big” is not a whole number.']]) {
      await t.fill({ 'segment-bytes': value })
      await t.press('Save changes')
      assert.equal(t.status(), 422)
      await t.refused('segment-bytes', text, value)
    }
    await t.fill({ 'segment-bytes': '16 MiB' })
    await t.press('Save changes')
    assert.equal(t.here(), `/topics/${name}`)
    await t.shows(`1 property of ${name} changed: segment.bytes.`, '.toast')
    const [, value, fallback, source] = await property(t, 'segment.bytes')
    assert.deepEqual([value, fallback, source], ['16.0 MiB · 16777216', '1.0 GiB', 'This topic'])
    await t.press('Edit segment.bytes')
    await t.press('Reset to 1.0 GiB')
    assert.equal((await property(t, 'segment.bytes'))[3], 'Default')
  },

  async 'several at once, all or none'(t) {
    const name = await t.topic('several')
    await t.open(`/topics/${name}/properties?theme=segments`)
    await t.fill({ 'segment-ms': '1 d', 'index-interval-bytes': '-1' })
    await t.press('Save changes')
    assert.equal(t.status(), 422)
    await t.shows('No property was changed.')
    await t.refused('index-interval-bytes', 'is below the least, 0', '-1')
    assert.equal(await t.page.locator('#segment-ms').inputValue(), '1 d')
    await t.fill({ 'index-interval-bytes': '8 KiB' })
    await t.press('Save changes')
    await t.shows(`2 properties of ${name} changed`, '.toast')
    assert.equal((await property(t, 'segment.ms'))[1], '24 h · 86400000')
  },

  async 'the second of two people sees what changed meanwhile and confirms'(t) {
    const name = await t.topic('two')
    await t.open(`/topics/${name}/edit`)
    const other = await t.context.newPage()
    await other.goto(`${t.server.url}/topics/${name}/edit`)
    await other.locator('#retention').fill('24')
    await other.getByRole('button', { name: 'Save changes' }).click()
    await other.waitForURL(`${t.server.url}/topics/${name}`)
    await other.close()
    await t.fill({ retention: '48', description: 'mine' })
    await t.press('Save changes')
    assert.equal(t.status(), 409)
    await t.shows('Somebody changed this meanwhile. Nothing was saved yet.')
    const [changed] = await t.rows()
    assert.deepEqual(changed.slice(2), ['24', '48'])
    await t.press('Save changes')
    assert.equal(t.here(), `/topics/${name}`)
    await t.shows('48 h', '.facts')
    await t.shows('mine', '.facts')
  },
}
