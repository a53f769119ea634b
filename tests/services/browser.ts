/**
 * A real Chromium for the tests: the one that CHROMIUM_PATH names, else the one inside the package
 * @sparticuz/chromium, else the system's. Libraries that the system lacks come from the same package.
 */
import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createBrotliDecompress } from 'node:zlib'
import { chromium, type Browser } from 'playwright-core'

const PACKAGE = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium/bin/', import.meta.url))
/** Unpacking takes seconds, so it is kept; the package's version is in the name, so that an update is seen. */
const CACHE = fileURLToPath(new URL('../../.cache/chromium-147.0.0/', import.meta.url))
const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const MISSING =
  'no browser for the tests: run `npm ci` (it brings Chromium), or install one (`apt-get install chromium`), ' +
  'or set CHROMIUM_PATH'

/** In a container there is no sandbox to be had, and the pages are this project's own. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
]

interface Candidate {
  executablePath: string
  env: Record<string, string>
}

/** Rejects with one line that says what to install when there is no browser that starts. */
export async function launchBrowser(): Promise<Browser> {
  const failures: string[] = []
  for (const find of [fromEnvironment, fromPackage, fromPackageAlone, fromSystem]) {
    const candidate = await find()
    if (candidate === null) continue
    try {
      return await chromium.launch({
        executablePath: candidate.executablePath,
        args: ARGS,
        env: candidate.env,
      })
    } catch (error) {
      failures.push(`${candidate.executablePath}: ${firstReason(error)}`)
    }
  }
  throw new Error([MISSING, ...failures].join('; '))
}

function firstReason(error: unknown): string {
  const lines = String(error).split('\n')
  return lines.find((line) => line.includes('error while loading')) ?? lines[0] ?? ''
}

function environment(extra: Record<string, string> = {}): Record<string, string> {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  // Without a language of its own a container gives Chromium one that no Intl knows.
  return { ...Object.fromEntries(given), LANG: 'en_US.UTF-8', ...extra }
}

async function fromEnvironment(): Promise<Candidate | null> {
  const executablePath = process.env['CHROMIUM_PATH']
  return executablePath ? { executablePath, env: environment() } : null
}

async function fromSystem(): Promise<Candidate | null> {
  const executablePath = SYSTEM.find((path) => existsSync(path))
  return executablePath === undefined ? null : { executablePath, env: environment() }
}

async function fromPackage(): Promise<Candidate | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(join(PACKAGE, 'chromium.br')))
    return null
  const executablePath = join(CACHE, 'chromium')
  if (!existsSync(executablePath)) await unpackBinary(executablePath)
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: await fontsOfPackage() }
  return { executablePath, env: environment(fonts) }
}

/** With the package's own libnss3, libnspr4 and libexpat, where the system has none. */
async function fromPackageAlone(): Promise<Candidate | null> {
  const candidate = await fromPackage()
  if (candidate === null) return null
  const libraries = join(await unpackTar('al2023'), 'lib')
  const path = [libraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  return { ...candidate, env: { ...candidate.env, LD_LIBRARY_PATH: path } }
}

/** The package's own configuration looks for its fonts where a function on a server would have them. */
async function fontsOfPackage(): Promise<string> {
  const folder = await unpackTar('fonts')
  const file = join(CACHE, 'fonts.conf')
  await writeFile(
    file,
    `<?xml version="1.0"?><fontconfig><dir>${folder}</dir><cachedir>${CACHE}</cachedir></fontconfig>`,
  )
  return file
}

/** Whole or not at all: two workers may unpack at once. */
async function unpackBinary(to: string): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const part = `${to}-${process.pid}`
  await unbrotli('chromium.br', part)
  await chmod(part, 0o755)
  await rename(part, to)
}

function unbrotli(name: string, to: string): Promise<void> {
  return pipeline(createReadStream(join(PACKAGE, name)), createBrotliDecompress(), createWriteStream(to))
}

async function unpackTar(name: 'al2023' | 'fonts'): Promise<string> {
  const folder = join(CACHE, name)
  if (existsSync(folder)) return folder
  const part = `${folder}-${process.pid}`
  await mkdir(part, { recursive: true })
  const archive = `${part}.tar`
  await unbrotli(`${name}.tar.br`, archive)
  await promisify(execFile)('tar', ['-xf', archive, '-C', part])
  await rm(archive)
  try {
    await rename(part, folder)
  } catch (error) {
    // Another worker was first: its folder is the same.
    if (!existsSync(folder)) throw error
    await rm(part, { recursive: true, force: true })
  }
  return folder
}
