import assert from 'node:assert/strict'

export const journeys = {
  async 'Chinese and back, on the page one is on'(t) {
    await t.open('/topics?q=list-0&sort=-name')
    assert.equal(await t.page.locator('html').getAttribute('lang'), 'en')
    await t.press(t.page.locator('.top .tools > form').getByRole('button', { name: '中文' }))
    assert.equal(t.here(), '/topics?q=list-0&sort=-name')
    assert.equal(await t.page.locator('html').getAttribute('lang'), 'zh-CN')
    await t.shows('查找 Topic'.slice(0, 2), '.for-ear >> nth=0')
    await t.open('/instance')
    assert.equal(await t.page.locator('html').getAttribute('lang'), 'zh-CN', 'it stays')
    await t.open('/create-topic')
    await t.fill({ name: 'x', partitions: '0' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForLoadState('load')
    assert.equal(t.status(), 422)
    assert.match(await t.text('#partitions-error'), /360/)
    await t.press(t.page.locator('.top .tools > form').getByRole('button', { name: 'English' }))
    assert.equal(await t.page.locator('html').getAttribute('lang'), 'en')
  },

  async 'the first visit follows the browser'(t) {
    const context = await t.suite.browser.newContext({ locale: 'zh-CN', javaScriptEnabled: t.script })
    const page = await context.newPage()
    t.watch(page)
    await page.goto(`${t.server.url}/login`)
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
    assert.equal(await page.locator('h1').innerText(), '登录控制台')
    await page.getByRole('button', { name: 'English' }).click()
    await page.waitForLoadState('load')
    assert.equal(await page.locator('h1').innerText(), 'Sign in to the console')
    await context.close()
  },
}
