import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { PAGES } from '../lib/pages.mjs'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// axe is a script itself; what it looks at is the same HTML without.
export const options = { modes: [true] }

/** Findings of axe on the page that is shown, each with the elements it is about. */
async function findings(t) {
  await t.page.evaluate(axe)
  return t.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 4).map((n) => `    ${n.html.slice(0, 200)}  ${n.any.map((a) => a.message).join(' ')}`).join('\n')}`)
  })
}

async function look(t, pages) {
  const found = []
  for (const lang of ['en', 'zh-CN']) {
    for (const theme of ['light', 'dark']) {
      await t.prefer({ lang, theme })
      for (const [address, status, open] of pages) {
        assert.equal(await t.open(address), status, address)
        if (open) await t.page.locator(open).first().click()
        found.push(...(await findings(t)).map((finding) => `${address} ${lang} ${theme}: ${finding}`))
      }
    }
  }
  assert.equal(found.length, 0, `${found.length} findings\n${found.slice(0, 20).join('\n')}`)
}

export const journeys = {
  async 'axe finds nothing on any page, in both themes and both languages'(t) {
    await look(t, PAGES)
  },

  async 'nor in open menus and on refused forms'(t) {
    await look(t, [['/topics?q=list-0', 200, 'main table summary'], ['/', 200, '.top .tools > .menu:last-child summary']])
    await t.open('/create-topic')
    await t.fill({ name: 'a', partitions: '0' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForLoadState('load')
    assert.equal(t.status(), 422)
    assert.deepEqual(await findings(t), [])
    await t.context.clearCookies()
    await look(t, [['/login', 200]])
  },
}
