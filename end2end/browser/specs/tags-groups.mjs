import assert from 'node:assert/strict'

const names = async (t) => (await t.rows()).map((row) => row[0])
const edit = (t, id) => t.page.getByRole('link', { name: `Edit tags of Group ${id}` })

/** Groups without members, once their list knows them. */
async function groups(t, count) {
  const [topic, prefix] = [await t.topic('read-by-tagged'), t.name('tagged-group')]
  const ids = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  for (const id of ids) await t.commit(id, topic, { 0: 0 })
  await t.until(`/groups?q=${prefix}`, async () => (await names(t)).length === count)
  return [prefix, ids]
}

export const journeys = {
  async 'picked groups are tagged at once, and their list is filtered by the tag'(t) {
    const [prefix, [one, two, three]] = await groups(t, 3)
    const list = `/groups?q=${prefix}`
    for (const id of [one, three]) await t.page.getByLabel(`Pick ${id}`).check()
    await t.press('Tag…')
    assert.ok(await t.page.locator(`input[value="group:${one}"]`).isChecked())
    await t.fill({ 'key-1': prefix, 'value-1': 'shop' })
    await t.press('Bind tags')
    await t.page.waitForURL(t.server.url + list)
    await t.shows(`${prefix}=shop bound to 2 resources.`, '.toast')
    assert.equal(await t.page.locator('main tbody a.tag', { hasText: 'shop' }).count(), 2)
    await t.page.getByLabel('Tag', { exact: true }).fill(`${prefix}=shop`)
    await t.press('Filter')
    assert.deepEqual((await names(t)).sort(), [one, three])
    await t.press(t.page.getByRole('link', { name: `Remove ${prefix}=shop` }))
    assert.ok((await names(t)).includes(two))
  },

  async 'tags of one are edited from the list, which then is as it was'(t) {
    const [prefix, [id]] = await groups(t, 1)
    const list = `/groups?q=${prefix}&sort=-lag`
    await t.open(list)
    await t.press(edit(t, id))
    await t.fill({ 'key-1': prefix, 'value-1': '支付' })
    await t.press('Save tags')
    assert.equal(t.here(), list)
    await t.shows(`One tag of Group ${id} saved.`, '.toast')
    await t.page.locator('main tbody a.tag').click()
    await t.page.waitForURL(/tag=/)
    assert.deepEqual(await names(t), [id])
  },

  async 'and from its own page'(t) {
    const [prefix, [id]] = await groups(t, 1)
    await t.open(`/groups/${id}`)
    await t.press(edit(t, id))
    await t.fill({ 'key-1': prefix })
    await t.press('Save tags')
    assert.equal(t.here(), `/groups/${id}`)
    await t.page.locator('.tag-line a.tag').click()
    await t.page.waitForURL((url) => url.pathname === `/tags/${prefix}%3D`)
    await t.shows(id, 'main')
  },
}
