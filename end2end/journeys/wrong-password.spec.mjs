import assert from 'node:assert/strict'
import { journey, notice, signIn } from './helper.mjs'
import { withServer } from './server.mjs'

journey('a wrong password and an unknown name get the same answer', { signedIn: false }, async ({ page }) => {
  const answers = []
  for (const user of ['admin', 'nobody']) {
    // A server of its own for each: failed attempts are counted by address too.
    await withServer({}, async (at) => {
      await page.goto(at.url + '/login')
      await signIn(page, user, 'wrong password')
      answers.push((await notice(page).innerText()).trim())
      assert.equal(await page.getByLabel('Password').inputValue(), '')
      await signIn(page, 'admin', at.password)
      await page.waitForURL(at.url + '/')
    })
  }
  assert.match(answers[0], /do not match/)
  assert.equal(answers[0], answers[1])
})
