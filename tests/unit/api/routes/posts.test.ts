import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postPageSchema, spikeDetailSchema, type PostPage } from '../../../../api/contract.ts'
import { insertPosts, MINUTE, NIGHT } from '../support.ts'
import { openNight, POSTS, type Night } from './night.ts'

let night: Night
beforeAll(async () => {
  night = await openNight()
})
afterAll(() => night.close())

const ids = (page: PostPage): string => page.posts.map(({ id }) => id).join(' ')

describe('posts', () => {
  const page = async (query: string): Promise<PostPage> =>
    postPageSchema.parse(await night.get(`/api/posts${query}`))

  test('are filtered by what they say, where and when', async () => {
    expect(ids(await page('?spike=spike1'))).toBe('p9 p5 p4 p3 p2 p1')
    expect(ids(await page('?spike=spike1&stance=any'))).toBe('p9 p7 p6 p5 p4 p3 p2 p1')
    expect(ids(await page('?narrative=votes_not_counted'))).toBe('p8')
    expect(ids(await page('?place=04013'))).toBe('p4')
    expect(ids(await page('?flagged=false&order=oldest'))).toBe('p6 p7')
    expect(ids(await page('?q=MESA'))).toBe('p4')
    expect(ids(await page('?q=100%25'))).toBe('p4')
    expect(ids(await page(`?from=${NIGHT + 11.5 * MINUTE}&to=${NIGHT + 13 * MINUTE}`))).toBe('p4 p3')
    await night.refused('/api/posts?spike=none', 404, 'unknown_spike')
  })

  test('carry what is needed to judge them', async () => {
    const { posts } = await page('?q=Mesa')
    expect(posts[0]).toMatchObject({
      id: 'p4',
      createdAt: NIGHT + 12 * MINUTE,
      capturedAt: NIGHT + 12 * MINUTE + 500,
      flagged: true,
      author: 'a',
      narratives: ['machine_failure'],
      narrativeScores: { machine_failure: 0.75 },
      words: ['scanner'],
      places: ['AZ', '04013'],
    })
  })

  test.each(['newest', 'oldest'])('come in pages, %s first, with none lost or doubled', async (order) => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const next: PostPage = await page(`?order=${order}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...next.posts.map(({ id }) => id))
      cursor = next.next
    }
    expect(seen).toHaveLength(POSTS.length)
    expect(new Set(seen)).toEqual(new Set(POSTS.map(({ id }) => id)))
  })

  test('in a language that is charted only are listed, and are in no spike', async () => {
    const text = 'las máquinas de la escuela no funcionan'
    await insertPosts(night.store, [{ id: 'es', at: 12, text, places: ['AZ'], author: 'z', language: 'es' }])
    const { posts } = await page('?language=es&narrative=machine_failure&place=AZ')
    expect(posts).toMatchObject([{ id: 'es', language: 'es', flagged: true, text }])
    expect(ids(await page('?language=en&place=04013'))).toBe('p4')
    expect(ids(await page('?spike=spike1&stance=any'))).toBe('p9 p7 p6 p5 p4 p3 p2 p1')
    const detail = spikeDetailSchema.parse(await night.get('/api/spikes/spike1'))
    expect(detail.stances.asserts).toBe(6)
    expect(detail.topClaims.map((claim) => claim.text)).not.toContain(text)
    const csv = await (await night.app.request('/api/export?language=es')).text()
    const [head, row, ...rest] = csv.split('\r\n')
    expect(head).toContain(',"langs","language",')
    expect(row).toContain('"en","es",')
    expect(rest).toEqual([''])
    await night.refused('/api/posts?language=spanish', 400, 'invalid_request')
  })

  test('refuse a cursor, a limit and a range that are none', async () => {
    expect(await night.refused('/api/posts?cursor=abc', 400, 'bad_cursor')).toContain('cursor')
    await night.refused(
      `/api/posts?cursor=${Buffer.from('1.99999999999999999999').toString('base64url')}`,
      400,
      'bad_cursor',
    )
    await night.refused('/api/posts?limit=201', 400, 'invalid_request')
    await night.refused('/api/posts?from=99999999999999999999', 400, 'invalid_request')
  })
})
