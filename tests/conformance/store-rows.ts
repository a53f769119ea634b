/** One row for every table of the schema, with every column that our code writes, holding what is hard to keep. */

/** Quotes, line ends, both kinds of escapes, NUL, what looks like SQL or a parameter, and scripts of all planes. */
export const HARD_TEXT =
  'She said: "they\'ll" re-count;\r\n\t\\n \\\' {p0:String} \u0000\u0001 ; DROP TABLE posts; -- /* é ʻŌ漢字 עברית 🗳️👩🏽‍⚖️ \u2028 \ufeff'

const NIGHT = Date.UTC(2020, 10, 4, 0, 0, 0, 123)

export const SAMPLE_ROWS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  posts: {
    minute: 4_294_967_295,
    post: '18446744073709551615',
    id: 'file:night/"1"\n',
    source: 'file:night',
    url: null,
    author: 'ab'.repeat(32),
    created_at: NIGHT,
    captured_at: -1,
    text: HARD_TEXT,
    text_key: '0',
    sketch: HARD_TEXT,
    langs: [],
    reply_to: '',
    repost_of: HARD_TEXT,
    quote_of: null,
    place_hint: 'PA',
    marks: ['edited', HARD_TEXT],
    cid: null,
    payload_sha256: 'cd'.repeat(32),
    flagged: true,
    score: 0.9375,
    narratives: ['votes_not_counted', 'machine_failure'],
    narrative_scores: { votes_not_counted: 0.5, machine_failure: 1, "it's": 0 },
    stance: 'asserts',
    stance_scores: {},
    words: [HARD_TEXT, ''],
    places: ['PA', '42101'],
    counted_places: ['US', 'PA', '42101'],
    model: 'lexical-1',
  },
  seen: {
    minute: 0,
    post: '9223372036854775808',
    source: HARD_TEXT,
    election: false,
    counted_places: ['US'],
  },
  exposure_minutes: { minute: 26_740_800, place: 'US', seen: 4_294_967_295, election: 0, version: NIGHT },
  narrative_minutes: {
    minute: 26_740_800,
    place: '42101',
    narrative: 'votes_not_counted',
    posts: 1,
    authors: 2,
    texts: 3,
    reports: 4,
    questions: 5,
    debunks: 6,
    version: '18446744073709551615',
  },
  progress: { partition: 3, watermark: NIGHT, lag: 0 },
  ended_sources: { source: 'file:night', partition: 0, last_event_at: NIGHT },
  source_status: { source: 'jetstream', state: 'down', detail: HARD_TEXT, since: NIGHT },
  coverage: { source: 'jetstream', from_at: NIGHT, to_at: NIGHT + 1, kind: 'gap', share: 0.25 },
  dead_letters: {
    id: 'x',
    source: 'push:desk',
    reason: 'bad_timestamp',
    detail: HARD_TEXT,
    payload: HARD_TEXT.repeat(100),
    captured_at: NIGHT,
  },
  waiting_reposts: { repost_of: HARD_TEXT, post: '18446744073709551615', body: HARD_TEXT },
}
