import assert from 'node:assert/strict'

export const journeys = {
  async 'before it exists, then described anew'(t) {
    const id = `${t.name('planned')}/组 #1?`
    await t.open('/groups')
    await t.press('Register group')
    await t.fill({ name: id, description: 'x'.repeat(64) })
    await t.press('Register group')
    await t.shows(`Group ${id} registered.`, '.toast')
    await t.shows('Registered, not in use yet')
    await t.shows(`group.id=${id}`)
    await t.press('Edit')
    await t.fill({ description: 'for the <night>' })
    await t.press('Save changes')
    await t.shows('for the <night>')
    await t.open(`/groups?q=${encodeURIComponent(id)}`)
    const [row] = await t.rows()
    assert.equal(row[0], id)
    assert.equal(row[1], 'Not there yet')
    assert.ok(row.includes('for the <night>'), row.join(' | '))
  },

  async 'refused at its fields, with what was typed'(t) {
    const id = t.name('taken')
    await t.open('/register-group')
    await t.fill({ name: id })
    await t.press('Register group')
    await t.open('/register-group')
    await t.fill({ name: id, description: 'kept' })
    await t.press('Register group')
    assert.equal(t.status(), 422)
    await t.refused('name', 'registered already', id)
    assert.equal(await t.page.locator('#description').inputValue(), 'kept')
  },
}
