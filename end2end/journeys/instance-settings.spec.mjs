import assert from 'node:assert/strict'
import { errorAt, field, journey, open, says, submit } from './helper.mjs'

const LABELS = ['Retention', 'Largest message', 'Committed offsets kept']
const fields = (...values) => Object.fromEntries(LABELS.map((label, n) => [label, values[n]]))

journey('instance settings: edit', async ({ page, js }) => {
  await open(page, '/instance')
  await page.getByRole('link', { name: 'Edit settings' }).first().click()
  await submit(page, fields(js ? '96' : '120', '5242880', '2880'), 'Save settings')
  await says(page, 'Settings saved', js ? '96 h' : '120 h', '5.0 MiB', '2,880')
  await open(page, '/instance/settings')
  await submit(page, fields('72', '10485760', '10080'), 'Save settings')
  await says(page, '72 h', '10.0 MiB')
})

journey('instance settings: each refusal at its field', async ({ page }) => {
  for (const [values, expected] of [
    [['23', '1023', '1439'], [/23 is below the least, 24\. Enter 24–480/, /Enter 1,024–10,485,760/, /Enter 1,440–43,200/]],
    [['481', '10485761', '43201'], [/481 is above the limit of 480/, /above the limit/, /above the limit/]],
    [['a week', '1.5', '-'], [/“a week” is not a whole number/, /not a whole number/, /not a whole number/]],
  ]) {
    await open(page, '/instance/settings')
    await submit(page, fields(...values), 'Save settings')
    await says(page, 'The settings were not changed')
    for (const [n, label] of LABELS.entries()) {
      assert.match(await errorAt(page, label), expected[n])
      assert.equal(await field(page, label).inputValue(), values[n], 'what was typed stays')
    }
  }
})
