import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { errorAt, heading, journey, notice, says, signIn } from './helper.mjs'
import { fileText, withServer } from './server.mjs'

journey('first start: the made password must be changed, then it is gone', { signedIn: false }, async ({ page }) => {
  await withServer({ password: null }, async (at) => {
    const file = `${at.home}/admin-password`
    const made = fileText(file)
    assert.ok(made && at.said().includes(made), 'the password is in the terminal and in the file')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    await page.goto(at.url + '/topics')
    await signIn(page, 'admin', made)
    await says(page, 'The first password must be changed')
    // Nothing else opens before that.
    for (const path of ['/', '/instance', '/topics', '/messages']) {
      await page.goto(at.url + path)
      assert.equal(await heading(page), 'Change password', path)
    }
    const change = async (present, one, again) => {
      await page.getByLabel('Present password').fill(present)
      await page.getByLabel('New password', { exact: true }).fill(one)
      await page.getByLabel('New password again').fill(again)
      await page.getByRole('main').getByRole('button', { name: 'Change password' }).click()
    }
    await change(made, 'short', 'short')
    assert.match(await errorAt(page, 'New password'), /too few/)
    await change(made, 'seven green lamps burn', 'seven green lamps')
    assert.match(await errorAt(page, 'New password again'), /differ/)
    await change(made, made, made)
    assert.match(await errorAt(page, 'New password'), /present password/)
    await change('not it at all', 'seven green lamps burn', 'seven green lamps burn')
    assert.match(await errorAt(page, 'Present password'), /not the present password/)
    await change(made, 'seven green lamps burn', 'seven green lamps burn')
    await says(page, 'Password changed')
    await page.goto(at.url + '/')
    assert.equal(await heading(page), 'Overview')
    assert.equal(fileText(file), null, 'the file with the first password is gone')
    await page.context().clearCookies()
    await page.goto(at.url + '/login')
    await signIn(page, 'admin', made)
    await notice(page).waitFor()
    await signIn(page, 'admin', 'seven green lamps burn')
    await page.waitForURL(at.url + '/')
  })
})
