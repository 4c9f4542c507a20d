import assert from 'node:assert/strict'
import { PAGES } from '../lib/pages.mjs'

const WIDTH = 360
export const options = { context: { viewport: { width: WIDTH, height: 740 }, hasTouch: true, isMobile: true } }

export const journeys = {
  async 'no page scrolls sideways'(t) {
    // The layout is the same without the script; it is looked at in one language then.
    for (const lang of t.script ? ['en', 'zh-CN'] : ['en']) {
      await t.prefer({ lang })
      for (const [address, status] of PAGES) {
        assert.equal(await t.open(address), status, address)
        const wide = await t.page.evaluate((width) => {
          const root = document.documentElement
          const over = [...document.querySelectorAll('main *, .top *')].filter((node) => node.getBoundingClientRect().right > width + 1 && !node.closest('.table, pre, .tabs, svg, .code'))
          return { width: Math.max(root.scrollWidth, document.body.scrollWidth), over: over.slice(0, 5).map((node) => node.outerHTML.slice(0, 120)) }
        }, WIDTH)
        assert.ok(wide.width <= WIDTH, `${address} in ${lang} is ${wide.width} px wide: ${wide.over.join('\n')}`)
      }
    }
  },

  async 'the navigation and the account menu are within reach'(t) {
    await t.open('/')
    await t.page.locator('details.nav > summary').click()
    await t.press(t.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Topics' }))
    assert.equal(t.here(), '/topics')
    await t.page.locator('.top .tools > .menu').last().locator('summary').click()
    await t.press(t.page.locator('.top .tools > .menu').last().getByRole('button', { name: '中文' }))
    assert.equal(await t.page.locator('html').getAttribute('lang'), 'zh-CN')
    await t.open('/create-topic')
    const name = t.name('phone')
    await t.fill({ name })
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(`**/topics/${name}`)
  },
}
