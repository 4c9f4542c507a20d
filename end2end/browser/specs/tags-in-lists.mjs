import assert from 'node:assert/strict'

/** Names of the topics listed. */
const names = (t) => t.page.locator('main tbody th[scope=row] > a').allInnerTexts()

export const journeys = {
  async 'the list of topics is filtered by a key and by a tag, and by both'(t) {
    const [env, team] = [t.name('env'), t.name('team')]
    const [one, two, three] = [await t.topic('filter'), await t.topic('filter'), await t.topic('filter')]
    for (const [name, tags] of [[one, [`${env}=prod`, `${team}=shop`]], [two, [`${env}=prod`]], [three, [`${env}=test`]]]) {
      await t.open(`/tags/bind?to=topic:${name}&${tags.map((tag) => `key=${tag.split('=')[0]}&value=${tag.split('=')[1]}`).join('&')}`)
      await t.press('Bind tags')
    }
    await t.open('/topics')
    const field = t.page.getByLabel('Tag', { exact: true })
    await field.fill(env)
    await t.press('Filter')
    assert.deepEqual((await names(t)).sort(), [one, two, three].sort())
    await field.fill(`${env}=prod`)
    await t.press('Filter')
    assert.deepEqual((await names(t)).sort(), [one, two].sort())
    await field.fill(`${team}=shop`)
    await t.press('Filter')
    assert.deepEqual(await names(t), [one])
    await t.press(t.page.getByRole('link', { name: `Remove ${team}=shop` }))
    assert.deepEqual((await names(t)).sort(), [one, two].sort())
    // A tag in a row narrows to it.
    await t.open(`/topics?tag=${env}`)
    await t.page.locator('tr', { hasText: three }).locator('a.tag').click()
    await t.page.waitForURL(/test/)
    assert.deepEqual(await names(t), [three])
    await t.open(`/topics?tag=${env}-none`)
    await t.shows(`No topic bears ${env}-none`)
  },

  async 'tags are edited from the list, which then is as it was; the second of two sees what changed'(t) {
    const [name, key] = [await t.topic('inline'), t.name('inline')]
    const list = `/topics?q=${name}&sort=-size`
    await t.open(list)
    await t.press(t.page.getByRole('link', { name: `Edit tags of Topic ${name}` }))
    const late = t.here()
    await t.fill({ 'key-1': key, 'value-1': 'a' })
    await t.press('Save tags')
    assert.equal(t.here(), list)
    await t.shows(`One tag of Topic ${name} saved.`, '.toast')
    assert.ok((await t.text('main tbody')).includes(key))

    const other = await t.context.newPage()
    await other.goto(t.server.url + late)
    await t.open(late)
    await t.fill({ 'value-1': 'b' })
    await t.press('Save tags')
    await other.locator('#value-1').fill('c')
    await other.getByRole('button', { name: 'Save tags' }).click()
    await other.waitForLoadState('load')
    assert.ok((await other.locator('main').innerText()).includes(`Now there are: ${key}=b`))
    assert.equal(await other.locator('#value-1').inputValue(), 'c')
    await other.getByRole('button', { name: 'Save tags' }).click()
    await other.waitForURL((url) => url.pathname === '/topics')
    await other.close()

    await t.open(late)
    await t.fill({ 'key-1': '', 'value-1': '' })
    await t.press('Save tags')
    assert.equal(t.here(), list)
    await t.shows(`Tags of Topic ${name} removed.`, '.toast')
  },

  async 'on the pages of a topic and of the instance'(t) {
    const [name, key] = [await t.topic('own-page'), t.name('own-page')]
    await t.open(`/topics/${name}`)
    await t.press(t.page.getByRole('link', { name: `Edit tags of Topic ${name}` }))
    await t.fill({ 'key-1': key })
    await t.press('Save tags')
    assert.equal(t.here(), `/topics/${name}`)
    await t.page.locator('.facts a.tag').click()
    await t.page.waitForURL((url) => url.pathname === `/tags/${key}%3D`)
    assert.equal(await t.text('h1'), key)
  },
}
