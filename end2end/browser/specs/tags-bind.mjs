import assert from 'node:assert/strict'

const box = (t, name) => t.page.getByRole('checkbox', { name, exact: true })

export const journeys = {
  async 'two tags to two topics and the instance, found by a search'(t) {
    const [one, two] = [await t.topic('bind-a'), await t.topic('bind-b')]
    const [key, other] = [t.name('team'), t.name('pci')]
    await t.open('/tags')
    await t.press('Bind tags')
    await t.fill({ 'key-1': key, 'value-1': '支付 &amp;', 'key-2': other })
    const search = t.page.getByRole('searchbox', { name: 'Name of a topic or group' })
    await search.fill(one)
    await t.press('Search')
    await box(t, one).check()
    await search.fill(two)
    await search.press('Enter')
    await t.page.waitForURL((url) => url.search.includes(two))
    assert.ok(await box(t, `${one} Topic`).isChecked(), 'what was chosen is kept')
    assert.equal(await t.page.locator('#value-1').inputValue(), '支付 &amp;')
    assert.ok(!t.here().includes('csrf'), 'the token is in the address')
    await box(t, two).check()
    await t.page.getByRole('group', { name: 'Instance' }).getByRole('checkbox').check()
    await t.press('Bind tags')
    await t.page.waitForURL((url) => url.pathname === '/tags')
    await t.shows('bound to 3 resources.', '.toast')
    await t.open(`/tags?key=${key}`)
    assert.deepEqual((await t.rows()).map((row) => row.slice(-3)), [['2', '0', '3']])
    // Bound to the instance, they stand on its page; taken off, so that others find it as it was.
    await t.open('/instance')
    assert.ok((await t.page.locator('.facts a.tag').allInnerTexts()).some((text) => text.includes('支付 &amp;')))
    for (const tag of [`${key}=支付 &amp;`, `${other}=`]) {
      await t.open(`/tags/unbind?tag=${encodeURIComponent(tag)}`)
      await t.press('Unbind from 3 resources')
    }
  },

  async 'the same key again replaces the value'(t) {
    const [name, key] = [await t.topic('again'), t.name('env')]
    for (const [value, said] of [['test', 'bound to 1 resource.'], ['prod', '1 other value replaced.'], ['prod', '1 was bound already.']]) {
      await t.open(`/tags/bind?to=topic:${name}`)
      await t.fill({ 'key-1': key, 'value-1': value })
      await t.press('Bind tags')
      await t.page.waitForURL((url) => url.pathname === `/tags/${key}%3D${value}`)
      await t.shows(said, '.toast')
    }
    assert.equal(await t.open(`/tags/${key}%3Dtest`), 404)
  },

  async 'more rows than stand open'(t) {
    const name = await t.topic('rows')
    await t.open(`/tags/bind?to=topic:${name}`)
    await t.page.getByText('more rows').click()
    const own = t.name('row')
    await t.fill(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key-${i + 1}`, `${own}-${i}`])))
    await t.press('Bind tags')
    await t.page.waitForURL((url) => url.pathname === '/tags')
    await t.open(`/topics/${name}`)
    assert.equal(await t.page.locator('.facts a.tag').count(), 20)
  },

  async 'while a topic is created'(t) {
    const [name, key] = [t.name('with-tags'), t.name('env')]
    await t.open('/create-topic')
    await t.fill({ name, tags: `${key}=prod, a=b=c` })
    await t.press('Create topic')
    assert.equal(t.status(), 422)
    await t.refused('tags', '“a=b=c”', `${key}=prod, a=b=c`)
    await t.fill({ tags: `${key}=prod, ${key}-too` })
    await t.press('Create topic')
    await t.page.waitForURL((url) => url.pathname === `/topics/${name}`)
    assert.deepEqual(await t.page.locator('.facts a.tag b').allInnerTexts(), [key, `${key}-too`])
  },

  async 'five topics picked in their list are tagged at once, and the list is there again'(t) {
    const own = t.name('five')
    const names = []
    for (let i = 0; i < 5; i++) names.push(await t.topic(own))
    const list = `/topics?q=${own}-`
    await t.open(list)
    for (const name of names) await t.page.locator(`input[name=topic][value="${name}"]`).check()
    await t.press('Tag…')
    for (const name of names) assert.ok(await t.page.locator(`input[value="topic:${name}"]`).isChecked(), name)
    await t.fill({ 'key-1': own, 'value-1': 'all' })
    await t.press('Bind tags')
    await t.page.waitForURL(t.server.url + list)
    await t.shows(`${own}=all bound to 5 resources.`, '.toast')
    assert.equal(await t.page.locator('main tbody a.tag', { hasText: 'all' }).count(), 5)
  },
}
