/** What the browser's tests share: a page that is watched for errors, a night to show on it, and axe's verdict. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startCli, type Running } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 360, height: 740 }

export interface OpenPage extends AsyncDisposable {
  page: Page
  /** Exceptions, errors on the console and requests that failed, in order. */
  errors: string[]
}

/** Opens an address in a browser context of its own, at UTC unless another zone is asked for. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    timezoneId: 'UTC',
    locale: 'en-US',
    ...options,
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(url)
  return { page, errors, [Symbol.asyncDispose]: () => context.close() }
}

/** What axe finds against WCAG 2.2 AA, one line each: rule, place, what is wrong. */
export async function axeProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) =>
      `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`.replaceAll(/\s+/g, ' '),
    ),
  )
}

/** CSS pixels by which the page is wider than its window; 0 where nothing must be scrolled sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth))
}

export interface Served extends AsyncDisposable {
  url: string
  running: Running
}

/** Starts a command that serves the page, with a data folder of its own, and waits for its address. */
export async function serveCommand(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Served> {
  const running = startCli(args, env)
  const [, url] = await running.until(/Tallywatch is at (\S+)/)
  return {
    url: url!,
    running,
    async [Symbol.asyncDispose]() {
      running.child.kill('SIGTERM')
      await running.done
    },
  }
}

/** A night of the drill's sentences as a recorded file, replayed at `speed`; the page stays after its end. */
export async function serveReplay(speed: number | 'max'): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-page-'))
  const file = join(folder, 'night.jsonl.gz')
  await writeNight(file, await recordedLines(7))
  const served = await serveCommand(['replay', file, '--speed', String(speed), '--port', '0'])
  return {
    ...served,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
