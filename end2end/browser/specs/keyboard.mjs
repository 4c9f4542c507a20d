import assert from 'node:assert/strict'

/** What has the focus, and whether it shows. */
const focused = (t) => t.page.evaluate(() => {
  const node = document.activeElement
  const style = getComputedStyle(node)
  const box = node.getBoundingClientRect()
  const rings = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none'
  return { id: node.id, tag: node.tagName, text: (node.innerText || node.getAttribute('aria-label') || node.name || '').trim(), top: box.top, left: box.left, seen: rings || style.boxShadow !== 'none', onScreen: box.bottom > 0 && box.top < innerHeight }
})

export const journeys = {
  async 'the skip link leads to the page'(t) {
    await t.open('/topics')
    await t.page.keyboard.press('Tab')
    await t.page.keyboard.press('Enter')
    await t.page.keyboard.press('Tab')
    assert.ok(await t.page.evaluate(() => document.querySelector('main').contains(document.activeElement)))
  },

  async 'a topic is made, and a menu used, without a mouse'(t) {
    const name = t.name('typed')
    await t.open('/create-topic')
    await t.page.locator('#name').focus()
    await t.page.keyboard.type(name)
    await t.page.keyboard.press('Enter')
    await t.page.waitForURL(`**/topics/${name}`)
    await t.page.locator('.head summary').focus()
    await t.page.keyboard.press('Enter')
    const items = await t.page.locator('.head details a').count()
    for (let i = 0; i < items; i++) await t.page.keyboard.press('Tab')
    assert.equal((await focused(t)).text, 'Delete topic', 'the last of the menu')
    if (t.script) {
      await t.page.keyboard.press('Escape')
      assert.equal((await focused(t)).tag, 'SUMMARY')
      assert.equal(await t.page.locator('.head details').getAttribute('open'), null)
    } else {
      await t.page.keyboard.press('Enter')
      await t.page.waitForURL(`**/topics/${name}/delete`)
    }
  },
}
