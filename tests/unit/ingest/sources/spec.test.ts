import { describe, expect, it } from 'vitest'
import { SourceError } from '../../../../ingest/sources/source.ts'
import { parseSourceSpec } from '../../../../ingest/sources/spec.ts'

function codeOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    return error instanceof SourceError ? error.code : null
  }
}

describe('parseSourceSpec', () => {
  it.each([
    ['bluesky', { kind: 'bluesky', urls: null, likes: false }],
    ['bluesky+likes', { kind: 'bluesky', urls: null, likes: true }],
    ['bluesky+likes:wss://a.example', { kind: 'bluesky', urls: ['wss://a.example'], likes: true }],
    [
      'bluesky:wss://a.example,wss://b.example',
      { kind: 'bluesky', urls: ['wss://a.example', 'wss://b.example'], likes: false },
    ],
    ['bluesky:ws://127.0.0.1:8080', { kind: 'bluesky', urls: ['ws://127.0.0.1:8080'], likes: false }],
    ['file:C:/night.jsonl.gz', { kind: 'file', path: 'C:/night.jsonl.gz' }],
    ['folder:/var/drop', { kind: 'folder', path: '/var/drop' }],
    ['mastodon:https://a.example?only=local', { kind: 'mastodon', url: 'https://a.example?only=local' }],
    ['feed:https://a.example/feed.xml', { kind: 'feed', url: 'https://a.example/feed.xml' }],
    [
      'kafka:posts@a.example:9092,b.example:9092?text=body&id=user.id',
      {
        kind: 'kafka',
        topic: 'posts',
        brokers: ['a.example:9092', 'b.example:9092'],
        fields: 'text=body,id=user.id',
      },
    ],
    ['kafka:posts@kafka:9092', { kind: 'kafka', topic: 'posts', brokers: ['kafka:9092'], fields: null }],
    ['drill', { kind: 'drill', scenario: null }],
    ['drill:quiet', { kind: 'drill', scenario: 'quiet' }],
  ])('reads %s', (spec, expected) => expect(parseSourceSpec(spec)).toEqual(expected))

  it.each([
    ['twitter', /no source "twitter".*bluesky, bluesky:wss:\/\/HOST.*file:PATH/],
    ['', /no source/],
    ['mastodon:http://a.example', /Use https/],
    ['feed', /names no address/],
    ['kafka:posts', /no topic and broker/],
    ['kafka:posts@host', /HOST:PORT/],
    ['file', /names no file/],
    ['file:', /names no file/],
    ['folder:', /names no folder/],
    ['drill:', /no scenario/],
    ['bluesky:here', /not an address/],
    ['bluesky:https://a.example', /Use wss/],
    ['bluesky:ws://a.example', /anybody on the way/],
  ])('says what is wrong with "%s"', (spec, message) => {
    expect(() => parseSourceSpec(spec)).toThrow(message)
    expect(codeOf(() => parseSourceSpec(spec))).toBe('bad_spec')
  })
})
