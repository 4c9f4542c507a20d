import assert from 'node:assert/strict'

const tags = async (t) => (await t.page.locator('main tbody th a').evaluateAll((links) => links.map((a) => decodeURIComponent(a.pathname.slice(6)))))

async function bind(t, tag, ...topics) {
  const [key, value] = tag.split('=')
  await t.open(`/tags/bind?key=${encodeURIComponent(key)}&value=${encodeURIComponent(value)}&${topics.map((name) => `to=topic:${name}`).join('&')}`)
  await t.press('Bind tags')
  await t.page.waitForURL((url) => url.pathname.startsWith('/tags/') && url.pathname !== '/tags/bind')
}

export const journeys = {
  async 'by key and by a part of the value, sorted by each column'(t) {
    const [one, two] = [await t.topic('find'), await t.topic('find')]
    const key = t.name('find')
    await bind(t, `${key}=Alpha`, one, two)
    await bind(t, `${key}-x=alphabet`, one)
    await t.open('/tags')
    await t.page.locator('select[name=key]').selectOption(key)
    await t.press('Filter')
    assert.deepEqual(await tags(t), [`${key}=Alpha`])
    await t.open('/tags')
    await t.page.getByRole('searchbox', { name: 'Part of a key or value' }).fill(key)
    await t.press('Filter')
    assert.deepEqual(new Set(await tags(t)), new Set([`${key}=Alpha`, `${key}-x=alphabet`]))
    await t.press(t.page.locator('main th').getByRole('link', { name: 'Topics' }))
    assert.deepEqual(await tags(t), [`${key}=Alpha`, `${key}-x=alphabet`])
    await t.press(t.page.locator('main th').getByRole('link', { name: 'Topics' }))
    assert.deepEqual(await tags(t), [`${key}-x=alphabet`, `${key}=Alpha`])
    for (const column of ['Tag', 'Instance', 'Groups', 'Bound to']) {
      await t.press(t.page.locator('main th').getByRole('link', { name: column }))
      assert.equal(await t.text('th[aria-sort]'), column)
    }
    await t.open('/tags?q=<none>')
    await t.shows('No tag matches <none>')
    await t.press('Show all tags')
    assert.ok((await tags(t)).length > 1)
  },

  async 'its page names who bears it; one is unbound, then all'(t) {
    const [one, two, tag] = [await t.topic('bear'), await t.topic('bear'), `${t.name('bear')}=v`]
    await bind(t, tag, one, two)
    await t.shows('2 of 50')
    const shown = await t.text('main')
    assert.ok(shown.includes(one) && shown.includes(two))
    await t.press(t.page.getByRole('link', { name: one, exact: true }))
    assert.equal(t.here(), `/topics/${one}`)
    await t.page.locator('.facts a.tag').click()
    await t.page.waitForURL((url) => url.pathname.startsWith('/tags/'))
    assert.ok(!(await t.page.locator('.bulk').isVisible()), 'nothing is picked')
    await t.page.getByLabel(`Select Topic ${one}`).check()
    await t.press('Unbind…')
    await t.shows(`Unbind ${tag}?`)
    await t.shows(`Topic ${one}`)
    await t.press('Keep it')
    await t.shows('2 of 50')
    await t.page.getByLabel(`Select Topic ${one}`).check()
    await t.press('Unbind…')
    await t.press('Unbind from 1 resource')
    await t.shows('1 of 50')
    await t.shows(`${tag} unbound: 1 resource.`, '.toast')
    await t.page.locator('.head summary').click()
    await t.press('Unbind from all')
    await t.press('Unbind from 1 resource')
    await t.page.waitForURL((url) => url.pathname === '/tags')
    assert.equal(await t.open(`/tags/${encodeURIComponent(tag)}`), 404)
  },

  async 'several are picked in the list and unbound; who comes late is told'(t) {
    const [one, own] = [await t.topic('many'), t.name('many')]
    for (const n of [1, 2]) await bind(t, `${own}-${n}=x`, one)
    await t.open(`/tags?q=${own}`)
    for (const n of [1, 2]) await t.page.getByLabel(`Select ${own}-${n}=x`).check()
    await t.press('Unbind…')
    await t.shows(`Unbind ${own}-1=x, ${own}-2=x?`)
    const late = t.here()
    await t.press('Remove 2 bindings')
    assert.equal(t.here(), `/tags?q=${own}`)
    await t.shows('No tag matches')
    assert.equal(await t.open(late), 404)
  },

  async 'its value is changed wherever it stands'(t) {
    const [one, two, key] = [await t.topic('ren'), await t.topic('ren'), t.name('ren')]
    await bind(t, `${key}=old`, one, two)
    await t.press('Change value')
    await t.fill({ value: 'a=b' })
    await t.press('Change value')
    assert.equal(t.status(), 422)
    await t.refused('value', '“=” cannot stand in a tag', 'a=b')
    await t.fill({ value: 'new' })
    await t.press('Change value')
    assert.equal(t.here(), `/tags/${key}%3Dnew`)
    await t.shows('2 of 50')
    assert.equal(await t.open(`/tags/${key}%3Dold`), 404)
  },
}
