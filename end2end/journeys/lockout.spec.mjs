import assert from 'node:assert/strict'
import { journey, notice, says, signIn } from './helper.mjs'
import { withServer } from './server.mjs'

journey('too many wrong passwords lock the account for a while', { signedIn: false }, async ({ page }) => {
  await withServer({}, async (at) => {
    let locked = 0
    for (let attempt = 1; attempt <= 12 && !locked; attempt++) {
      await page.goto(at.url + '/login')
      await signIn(page, 'admin', `wrong ${attempt}`)
      await notice(page).waitFor()
      if (/locked for/.test(await notice(page).innerText()) && /Too many/.test(await notice(page).innerText())) locked = attempt
    }
    assert.ok(locked >= 3 && locked <= 10, `locked after ${locked} attempts`)
    await signIn(page, 'admin', at.password)
    await says(page, 'Too many failed attempts')
    assert.equal(new URL(page.url()).pathname, '/login')
  })
})
