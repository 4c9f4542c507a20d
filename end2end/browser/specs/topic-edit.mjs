import assert from 'node:assert/strict'

export const journeys = {
  async 'retention, cleanup policy and description'(t) {
    const name = await t.topic('edited')
    await t.open(`/topics/${name}`)
    await t.press('Edit')
    for (const [value, text] of [['0', '0 is below the least, 1. Enter 1–720.'], ['721', '721 is above the limit of 720.'], ['a day', '“a day” is not a whole number.']]) {
      await t.fill({ retention: value, cleanup: 'compact', description: 'kept' })
      await t.press('Save changes')
      assert.equal(t.status(), 422)
      await t.shows('The topic was not changed.')
      await t.refused('retention', text, value)
      assert.equal(await t.page.locator('#cleanup').inputValue(), 'compact')
      assert.equal(await t.page.locator('#description').inputValue(), 'kept')
    }
    await t.fill({ retention: '24', cleanup: 'compact', description: '订单 <i>' })
    await t.press('Save changes')
    assert.equal(t.here(), `/topics/${name}`)
    await t.shows(`Topic ${name} changed.`, '.toast')
    const facts = await t.text('.facts')
    for (const fact of ['24 h topic’s own', 'compact', '订单 <i>']) assert.ok(facts.includes(fact), `${fact} in ${facts}`)
    const row = (await t.rows()).find((cells) => cells[0] === 'retention.ms')
    assert.ok(row[1].includes('86400000') || row[1].includes('86,400,000'), row.join())
    // Left empty, what the instance says holds again.
    await t.open(`/topics/${name}/edit`)
    await t.fill({ retention: '' })
    await t.press('Save changes')
    assert.ok((await t.text('.facts')).includes('the instance’s'))
  },
}
