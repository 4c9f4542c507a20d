import assert from 'node:assert/strict'

export const journeys = {
  async 'a new topic like another'(t) {
    const name = await t.topic('model', 6)
    await t.open(`/topics/${name}/properties?theme=segments`)
    await t.fill({ 'segment-bytes': '16 MiB' })
    await t.press('Save changes')
    await t.open(`/topics?q=${name}`)
    await t.page.locator('main table summary').click()
    await t.press('Clone topic')
    assert.equal(t.here(), `/create-topic?like=${name}`)
    assert.equal(await t.page.locator('#partitions').inputValue(), '6')
    await t.shows(`Like ${name}`)
    await t.shows('segment.bytes 16.0 MiB')
    const copy = t.name('copy')
    await t.fill({ name: copy })
    await t.press(t.page.locator('main button.primary'))
    assert.equal(t.here(), `/topics/${copy}`)
    const row = (await t.rows()).find((cells) => cells[0] === 'segment.bytes')
    assert.equal(row[1], '16.0 MiB · 16777216')
  },
}
