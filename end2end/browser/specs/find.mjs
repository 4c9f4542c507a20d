import assert from 'node:assert/strict'

const field = (t) => t.page.locator('[data-find] input')

export const journeys = {
  async 'topics, pages and actions are found from every page'(t) {
    await t.open('/account')
    await field(t).fill('orders')
    await field(t).press('Enter')
    await t.page.waitForURL(/\/find\?q=orders$/)
    await t.press('orders')
    assert.equal(t.here(), '/topics/orders')
    await field(t).fill('create')
    await field(t).press('Enter')
    await t.page.waitForURL(/\/find\?q=create$/)
    await t.page.locator('main').getByRole('link', { name: 'Create topic' }).click()
    await t.page.waitForURL('**/create-topic')
    await t.open('/find?q=%3Cscript%3Enone')
    await t.shows('Nothing is named “<script>none”')
  },

  async 'what is found is listed while one types, and chosen by the keyboard or the mouse'(t) {
    await t.open('/account')
    if (!t.script) return assert.equal(await t.page.locator('[role=listbox]').count(), 0)
    await t.page.keyboard.press('Control+k')
    await t.page.keyboard.type('list-2')
    const options = t.page.getByRole('option')
    await t.page.getByRole('option', { name: 'list-20' }).waitFor()
    assert.equal(await options.count(), 10)
    assert.equal(await field(t).getAttribute('aria-expanded'), 'true')
    await t.page.keyboard.press('ArrowUp')
    await t.page.keyboard.press('ArrowDown')
    await t.page.keyboard.press('ArrowDown')
    const chosen = t.page.locator('[role=option][aria-selected=true]')
    assert.match(await chosen.innerText(), /list-21/)
    assert.equal(await field(t).getAttribute('aria-activedescendant'), await chosen.getAttribute('id'))
    await t.page.keyboard.press('Enter')
    await t.page.waitForURL('**/topics/list-21')
    await t.page.keyboard.press('Control+k')
    await t.page.getByRole('option', { name: 'Instance' }).first().click()
    await t.page.waitForURL('**/instance')
    await t.page.keyboard.press('Control+k')
    await options.first().waitFor()
    await t.page.keyboard.press('Escape')
    assert.equal(await t.page.locator('#found').isVisible(), false)
  },

  async 'keys lead to pages; typing in a field does not'(t) {
    await t.open('/account')
    if (!t.script) return
    for (const [keys, place] of [['g t', '/topics'], ['g m', '/messages'], ['g g', '/groups'], ['g o', '/']]) {
      for (const key of keys.split(' ')) await t.page.keyboard.press(key)
      await t.page.waitForURL((url) => url.pathname === place)
      await t.page.waitForLoadState('load')
    }
    await t.open('/topics')
    await t.page.keyboard.press('/')
    await t.page.keyboard.type('g t?')
    assert.equal(await t.page.locator('main [type=search]').inputValue(), 'g t?')
    assert.equal(t.here(), '/topics')
    assert.equal(await t.page.locator('dialog').count(), 0)
  },

  async 'the keys are told: a page, and a dialog over any page'(t) {
    await t.open('/topics')
    if (t.script) {
      await t.page.keyboard.press('?')
      await t.page.locator('dialog[open]').waitFor()
      await t.shows('Find a topic, a group, a page or an action', 'dialog')
      await t.page.keyboard.press('Escape')
      await t.page.locator('dialog').waitFor({ state: 'detached' })
      assert.equal(t.here(), '/topics')
    }
    await t.open('/help')
    await t.shows('Keyboard and search', 'h1')
  },
}
