// A server of its own, for journeys that would disturb the shared one.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

async function port() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => done(port)) })
  })
}

/** Starts a server on an empty directory, calls `body({ url, password, home })`, ends it. `password: null` lets the server make one. */
export async function withServer({ password = 'four plain words here' }, body) {
  const home = mkdtempSync(`${tmpdir()}/e2e-browser-`)
  const url = `http://127.0.0.1:${await port()}`
  const environment = { ...process.env, ...(password ? { MILLRACE_ADMIN_PASSWORD: password } : {}) }
  if (!password) delete environment.MILLRACE_ADMIN_PASSWORD
  let said = ''
  const child = spawn(process.env.E2E_MILLRACE, ['--data-dir', home, '--console-listen', url.slice(7), '--kafka-listen', `127.0.0.1:${await port()}`], { env: environment })
  child.stdout.on('data', (d) => { said += d })
  child.stderr.on('data', (d) => { said += d })
  try {
    for (let tries = 0; ; tries++) {
      if (await fetch(`${url}/readyz`).then((r) => r.ok, () => false)) break
      if (tries > 400 || child.exitCode !== null) throw new Error(`the server did not start: ${said}`)
      await sleep(25)
    }
    await body({ url, password, home, said: () => said })
  } finally {
    child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
}

export const fileText = (path) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : null)
