import assert from 'node:assert/strict'

const heads = (t) => t.page.locator('main thead th:visible').allInnerTexts()

export const journeys = {
  async 'columns are chosen, and stay chosen'(t) {
    await t.open('/topics')
    assert.ok((await heads(t)).includes('Size'))
    await t.page.locator('.pager summary').click()
    const box = (name) => t.page.getByRole('checkbox', { name, exact: true })
    await box('Size').uncheck()
    await box('Cleanup').uncheck()
    await t.press('Show these columns')
    for (const address of ['/topics', '/topics?q=list-&sort=-partitions']) {
      await t.open(address)
      const shown = await heads(t)
      assert.ok(!shown.includes('Size') && !shown.includes('Cleanup') && shown.includes('Partitions'), shown.join(', '))
      // A cell is hidden with its head.
      const [head, cells] = await t.page.evaluate(() => [[...document.querySelectorAll('main thead th')], [...document.querySelector('main tbody tr').cells]].map((row) => row.map((cell) => getComputedStyle(cell).display !== 'none')))
      assert.deepEqual(head, cells)
    }
    await t.page.locator('.pager summary').click()
    assert.equal(await box('Size').isChecked(), false)
    await box('Size').check()
    await t.press('Show these columns')
    assert.ok((await heads(t)).includes('Size'))
  },

  async 'columns of every list are chosen: messages, audit log, sessions, tokens'(t) {
    const lists = [['/messages?topic=orders', '.head summary', 'Headers'], ['/audit', '.pager summary', 'Result'], ['/account', 'main .block summary', 'Address']]
    for (const [address, summary, column] of lists) {
      await t.open(address)
      assert.ok((await heads(t)).includes(column), (await heads(t)).join(', '))
      await t.page.locator(summary, { hasText: 'Columns' }).click()
      await t.page.getByRole('checkbox', { name: column, exact: true }).uncheck()
      await t.press('Show these columns')
      assert.equal(t.here(), address)
      assert.ok(!(await heads(t)).includes(column), address)
      await t.open(address)
      assert.ok(!(await heads(t)).includes(column), 'it stays so')
    }
    const name = t.name('columns')
    await t.open('/account/tokens')
    await t.fill({ name })
    await t.press('Create token')
    await t.open('/account/tokens')
    assert.ok((await heads(t)).includes('Role'))
    await t.page.locator('main summary', { hasText: 'Columns' }).click()
    await t.page.getByRole('checkbox', { name: 'Role', exact: true }).uncheck()
    await t.press('Show these columns')
    assert.ok(!(await heads(t)).includes('Role'))
  },

  async 'the time of the last record is shown once it is chosen'(t) {
    const never = await t.topic('never')
    await t.open(`/topics?q=${never}`)
    assert.ok(!(await heads(t)).includes('Newest message'))
    await t.page.locator('.pager summary').click()
    await t.page.getByRole('checkbox', { name: 'Newest message', exact: true }).check()
    await t.press('Show these columns')
    const cell = async (name) => t.page.locator('main tbody tr', { hasText: name }).locator('td.num').nth(5)
    await t.until(`/topics?q=${never}`, async () => (await (await cell(never)).innerText()) === 'none yet')
    await t.until('/topics?q=orders', async () => (await (await cell('orders')).locator('time').count()) === 1)
    const shown = await (await cell('orders')).locator('time').getAttribute('datetime')
    assert.equal(Date.parse(shown), t.firstMs + 39 * 60_000)
    await t.open('/topics?sort=-newest')
    assert.equal(await t.text('th[aria-sort]'), 'Newest message')
  },

  async 'rows a page are remembered, and the address wins'(t) {
    await t.open('/topics?q=list-')
    await t.page.getByLabel('Rows').selectOption('25')
    if (!t.script) await t.press('Show')
    await t.page.getByText('1–25 of 30').waitFor()
    await t.open('/topics?q=list-')
    await t.shows('1–25 of 30')
    await t.open('/topics?q=list-&rows=100')
    await t.shows('1–30 of 30')
  },

  async 'a result stays until it is dismissed'(t) {
    const name = t.name('told')
    await t.open('/create-topic')
    await t.fill({ name })
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(`**/topics/${name}`)
    await t.shows(name, '.toast')
    await t.page.getByRole('link', { name: 'Dismiss' }).click()
    await t.page.locator('.toast').waitFor({ state: 'detached' })
    assert.equal(t.here(), `/topics/${name}`)
  },

  async 'on paper a list has its rows and no tools'(t) {
    await t.open('/topics?q=list-*')
    await t.page.emulateMedia({ media: 'print' })
    for (const tool of ['.top', '.nav', '.filter', '.pager form', 'main .head .button']) {
      assert.equal(await t.page.locator(tool).first().isVisible(), false, tool)
    }
    assert.ok(await t.page.getByRole('cell').first().isVisible())
    await t.shows('1–30 of 30', '.pager > span')
  },
}
