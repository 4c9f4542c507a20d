import assert from 'node:assert/strict'

export const journeys = {
  async 'only with its name typed'(t) {
    const name = await t.topic('goes')
    await t.open(`/topics/${name}`)
    await t.page.locator('.head summary').click()
    await t.press('Delete topic')
    assert.equal(t.here(), `/topics/${name}/delete`)
    for (const typed of [name.slice(1), name.toUpperCase(), ' ', '<script>']) {
      await t.fill({ confirm: typed })
      await t.press('Delete topic')
      assert.equal(t.status(), 422, typed)
      await t.shows('The topic was not deleted.')
      await t.refused('confirm', typed.trim() ? `“${typed}” is not the name. Nothing was deleted.` : 'The name was not typed. Nothing was deleted.', typed)
    }
    await t.press('Keep it')
    assert.equal(t.here(), `/topics/${name}`)
    assert.equal(t.status(), 200)
    await t.open(`/topics?q=${name}`)
    await t.page.locator('main table summary').click()
    await t.press('Delete topic')
    await t.fill({ confirm: name })
    await t.press('Delete topic')
    assert.equal(t.here(), '/topics')
    await t.shows(`Topic ${name} deleted.`, '.toast')
    assert.equal(await t.open(`/topics/${name}`), 404)
  },

  async 'a topic in use says so, and the button says how much goes'(t) {
    const name = await t.topic('used')
    await t.produce(name, [{ key: 'k', value: 'v'.repeat(5000) }])
    await t.open(`/topics/${name}/delete`)
    await t.shows('It is in use.')
    const button = t.page.getByRole('button', { name: /^Delete topic and \d[\d.]* KiB$/ })
    await t.fill({ confirm: name })
    await t.press(button)
    assert.equal(t.here(), '/topics')
  },
}
