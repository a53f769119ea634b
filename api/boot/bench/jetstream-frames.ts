/** Frames of Jetstream as `bench` sends and parses them. */
const WORDS = 'they are still counting here and the line at our school goes around the block tonight'.split(
  ' ',
)
/** The `i`-th post, each another; `startUs`: when the first was sent, epoch µs. */
export function frame(i: number, startUs: number): string {
  const text = Array.from({ length: 8 + (i % 24) }, (_, k) => WORDS[(i * 7 + k * 5) % WORDS.length]).join(' ')
  const did = `did:plc:${(i * 2654435761).toString(32).padStart(24, 'a')}`
  const time = startUs + i * 50
  const record = {
    $type: 'app.bsky.feed.post',
    createdAt: new Date(time / 1000).toISOString(),
    langs: ['en'],
    text,
  }
  const commit = {
    rev: '3l3qo2vutsw2b',
    operation: 'create',
    collection: 'app.bsky.feed.post',
    rkey: `3l${i.toString(32).padStart(11, '2')}`,
    record,
    cid: `bafyrei${i.toString(32).padStart(52, 'a')}`,
  }
  return JSON.stringify({ did, time_us: time, kind: 'commit', commit, cursor: i })
}
