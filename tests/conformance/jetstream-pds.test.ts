/** What people do on a real Bluesky PDS reaches the store by Jetstream, in both of its versions, and is stored right. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createJetstreamSource } from '../../ingest/sources/jetstream.ts'
import { startCli } from '../services/cli.ts'
import { startJetstream, type Frame } from '../services/jetstream.ts'
import { startPds, type Person, type RecordRef } from '../services/pds.ts'
import { followSource } from '../unit/ingest/sources/follow.ts'
import { normalize } from '../unit/ingest/sources/read.ts'

/** The first run installs the PDS. */
const TEST_MS = 400_000
const POST = 'app.bsky.feed.post'
const CLAIM = 'The voting machines in Mesa, Arizona are down and they are throwing our ballots away'

interface Exported {
  id: string
  text: string
  marks: string[]
  repostOf: string | null
  replyTo: string | null
  quoteOf: string | null
  cid: string
  url: string | null
  author: string
  createdAt: string
  flagged: boolean
  likes: number | null
}

const idOf = ({ uri }: RecordRef): string => {
  const [, did, rkey] = /^at:\/\/([^/]+)\/[^/]+\/(.+)$/.exec(uri)!
  return `bluesky:${did}/${rkey}`
}
const strong = ({ uri, cid }: RecordRef) => ({ uri, cid })

/** What is done, and what it must come to. */
async function act(pds: Awaited<ReturnType<typeof startPds>>) {
  const [ann, bob, cat, dan, eve]: Person[] = await Promise.all(
    ['ann', 'bob', 'cat', 'dan', 'eve'].map((name) => pds.join(`${name}.test`)),
  )
  const createdAt = new Date().toISOString()
  const post = (who: Person, text: string, more: Record<string, unknown> = {}) =>
    who.create(POST, { text, createdAt, langs: ['en'], ...more })
  const claim = await post(ann!, CLAIM)
  const reply = await post(bob!, `${CLAIM}. I saw it too`, {
    reply: { root: strong(claim), parent: strong(claim) },
  })
  const quote = await post(bob!, `${CLAIM}, and nobody helps`, {
    embed: { $type: 'app.bsky.embed.record', record: strong(claim) },
  })
  const repost = await bob!.create('app.bsky.feed.repost', { subject: strong(claim), createdAt })
  const like = (who: Person) => who.create('app.bsky.feed.like', { subject: strong(claim), createdAt })
  // Of five, two take it back, one is taken down below, and one goes and comes back. Cat likes it twice.
  for (const who of [bob!, cat!, dan!, eve!]) await like(who)
  await ann!.remove(await like(ann!))
  await cat!.remove(await like(cat!))
  const edited = await post(cat!, `${CLAIM}. First words`)
  await cat!.put(edited, { text: 'Other words', createdAt, langs: ['en'] })
  const deleted = await post(cat!, `${CLAIM}. Soon gone`)
  await cat!.remove(deleted)
  const ofTakenDown = await post(dan!, `${CLAIM}. By somebody who is taken down`)
  await pds.setTakedown(dan!.did, true)
  const ofReturned = await post(eve!, `${CLAIM}. By somebody who comes back`)
  await eve!.deactivate()
  await eve!.activate()
  return { createdAt, claim, reply, quote, repost, edited, deleted, ofTakenDown, ofReturned }
}

test(
  'posts, reposts, quotes, likes, edits, deletions and accounts that go are stored as the network has them',
  async () => {
    await using jetstream = await startJetstream()
    const frames: Frame[] = []
    await using pds = await startPds((frame) => {
      frames.push(frame)
      jetstream.append(frame)
    })
    const folder = await mkdtemp(join(tmpdir(), 'tallywatch-pds-night-'))
    const source = `bluesky+likes:${jetstream.url}/subscribe`
    const running = startCli(['start', '--port', '0', '--data', folder, '--source', source])
    try {
      const url = (await running.until(/Tallywatch is at (\S+)/))[1]!
      await jetstream.followed()
      const done = await act(pds)
      const { claim, createdAt } = done
      const exported = async (): Promise<Map<string, Exported>> => {
        const rows = (await (await fetch(`${url}api/export?format=jsonl`)).text()).trimEnd().split('\n')
        return new Map(
          rows
            .filter((row) => row !== '')
            .map((row) => JSON.parse(row) as Exported)
            .map((row) => [row.id, row]),
        )
      }
      const wanted = [
        done.claim,
        done.reply,
        done.quote,
        done.repost,
        done.edited,
        done.deleted,
        done.ofTakenDown,
        done.ofReturned,
      ].map(idOf)
      await expect
        .poll(async () => [...(await exported()).keys()].toSorted(), { timeout: 60_000, interval: 300 })
        .toEqual(wanted.toSorted())
      const marksOf = async () => {
        const rows = await exported()
        const of = (ref: RecordRef) => rows.get(idOf(ref))!.marks
        const { edited, deleted, ofTakenDown, ofReturned } = done
        return [edited, deleted, ofTakenDown, ofReturned].map(of)
      }
      await expect
        .poll(marksOf, { timeout: 30_000, interval: 300 })
        .toEqual([['edited'], ['deleted'], ['account_gone'], []])

      const rows = await exported()
      const row = (ref: RecordRef) => rows.get(idOf(ref))!
      expect(row(claim)).toMatchObject({
        text: CLAIM,
        cid: claim.cid,
        url: `https://bsky.app/profile/${/did:[^/]+/.exec(claim.uri)![0]}/post/${/[^/]+$/.exec(claim.uri)![0]}`,
        createdAt,
        flagged: true,
        marks: [],
      })
      expect(row(claim).author).toMatch(/^[0-9a-f]{64}$/)
      expect(row(done.reply).replyTo).toBe(idOf(claim))
      expect(row(done.quote).quoteOf).toBe(idOf(claim))
      expect(row(done.repost)).toMatchObject({ repostOf: idOf(claim), flagged: true })
      for (const gone of [done.edited, done.deleted, done.ofTakenDown]) expect(row(gone).text).toBe('')
      expect(row(done.ofReturned).text).toContain('comes back')

      // Bob and Eve. Of Cat's two the PDS itself took the first back.
      expect([claim, done.reply, done.repost].map((ref) => row(ref).likes)).toEqual([2, 0, null])

      // Everything that was sent, once more: nothing is there twice.
      for (const frame of frames) jetstream.sendRaw(JSON.stringify({ ...frame, cursor: 1 }))
      await expectSameInBoth(jetstream.url, frames[0]!.time_us, wanted)
      expect([...(await exported()).keys()].toSorted()).toEqual(wanted.toSorted())
      expect((await exported()).get(idOf(claim))!.likes).toBe(2)
      running.child.kill('SIGTERM')
      expect(await running.done).toMatchObject({ code: 0 })
    } finally {
      running.child.kill('SIGKILL')
      await running.done
      await rm(folder, { recursive: true, force: true })
    }
  },
  TEST_MS,
)

/** From the first frame on, both versions give the same posts and the same changes. */
async function expectSameInBoth(url: string, fromUs: number, ids: readonly string[]): Promise<void> {
  const start = { cursor: fromUs + 5_000_000, anchor: 'none', coveredTo: Math.floor(fromUs / 1_000) }
  const [one, two] = await Promise.all(
    ['/subscribe', '/xrpc/network.bsky.jetstream.subscribeEvents'].map(async (path) => {
      await using followed = followSource(createJetstreamSource({ urls: [url + path], normalize }), start)
      await followed.has(ids.length)
      const gone = () => followed.changes().filter(({ change }) => change === 'account_back')
      await followed.until(() => gone().length >= 1)
      return { posts: followed.posts(), changes: followed.changes(), dead: followed.deadLetters() }
    }),
  )
  const bare = ({ posts, ...rest }: NonNullable<typeof one>) => ({
    ...rest,
    // The versions write a frame differently; the rest is the same.
    posts: posts.map(({ evidence: { cid }, ...post }) => ({ ...post, cid })),
  })
  expect(bare(two!)).toEqual(bare(one!))
  expect(one!.dead).toEqual([])
  expect(one!.posts.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
}
