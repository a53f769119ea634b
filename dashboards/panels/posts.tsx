/** A spike's posts, with the words that drove the verdict marked in them. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { FlaggedPost, Spike } from '../../api/contract.ts'
import { CallError, getPosts, type Order } from '../client.ts'
import { clockSeconds, count, day, percent } from '../format.ts'
import { zone } from '../state.ts'
import { placeName } from '../places.ts'
import { NARRATIVE_TITLE, sourceName, STANCE_WORDS, withoutWords } from '../words.ts'

interface Loaded {
  posts: FlaggedPost[]
  /** Undefined before the first page. */
  next: string | null | undefined
}

export function Posts({ spike }: { spike: Spike }) {
  const [{ posts, next }, setLoaded] = useState<Loaded>({ posts: [], next: undefined })
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [order, setOrder] = useState<Order>('oldest')
  const list = useRef<HTMLOListElement>(null)

  /** Counts the requests: an answer to one that is no longer wanted is dropped. */
  const asked = useRef(0)

  async function load(from: Loaded): Promise<void> {
    const mine = ++asked.current
    setBusy(true)
    try {
      const page = await getPosts(spike.id, order, from.next ?? null)
      if (mine !== asked.current) return
      setLoaded({ posts: [...from.posts, ...page.posts], next: page.next })
      setProblem(null)
      // Whoever asked for more by keyboard goes on reading there.
      if (from.posts.length > 0)
        requestAnimationFrame(() =>
          list.current?.querySelectorAll<HTMLElement>('article')[from.posts.length]?.focus(),
        )
    } catch (error) {
      if (mine !== asked.current) return
      setProblem(error instanceof CallError ? error.message : 'The posts could not be read.')
    }
    setBusy(false)
  }
  useEffect(() => void load({ posts: [], next: undefined }), [spike.id, order])

  return (
    <>
      <label class="order">
        Order{' '}
        <select
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value === 'newest' ? 'newest' : 'oldest')}
        >
          <option value="oldest">The first ones first</option>
          <option value="newest">The newest first</option>
        </select>
      </label>
      {posts.length === 0 && next === null && <p class="empty">No posts are stored for this spike.</p>}
      <ol class="posts" ref={list}>
        {posts.map((post) => (
          <li key={post.id}>
            <PostCard post={post} />
          </li>
        ))}
      </ol>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {busy && <p class="loading">Reading the posts…</p>}
      {!busy && (next != null || problem !== null) && (
        <button type="button" class="button" onClick={() => void load({ posts, next })}>
          {problem === null ? 'Show more posts' : 'Try again'}
        </button>
      )}
      {!busy && posts.length > 0 && (
        <p class="hint">
          {posts.length} of {Math.max(posts.length, spike.posts)} shown
        </p>
      )}
    </>
  )
}

function PostCard({ post }: { post: FlaggedPost }) {
  const narratives = post.narratives.map((name) => NARRATIVE_TITLE[name].toLowerCase()).join(', ')
  return (
    <article class="post" tabIndex={-1}>
      <header>
        <time dateTime={new Date(post.createdAt).toISOString()}>
          <b>{clockSeconds(post.createdAt, zone.value)}</b> <span>{day(post.createdAt, zone.value)}</span>
        </time>
        <span>{sourceName(post.source)}</span>
        {post.author !== null && (
          <span title="Stands for one account; its name is not kept">account {post.author.slice(0, 6)}</span>
        )}
        {post.repostOf !== null && <span class="tag">repost</span>}
        {post.replyTo !== null && <span class="tag">reply</span>}
      </header>
      <p class="text" dir="auto" lang={post.language}>
        {post.text === '' ? <em>{withoutWords(post)}</em> : <Marked text={post.text} words={post.words} />}
      </p>
      <footer>
        <span>
          {percent(post.score)} sure that it {STANCE_WORDS[post.stance]}
          {narratives !== '' && `: ${narratives}`}
        </span>
        {post.places.length > 0 && <span>Names {post.places.map(placeName).join(', ')}</span>}
        {post.likes !== null && <span>{count(post.likes, 'like')}</span>}
        {post.url !== null && (
          <a href={post.url} target="_blank" rel="noreferrer noopener">
            Open the original
          </a>
        )}
      </footer>
    </article>
  )
}

/** The text, whole and unchanged, with every occurrence of the words marked. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const escaped = [...words]
    .filter((word) => word !== '')
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  if (escaped.length === 0) return <>{text}</>
  const parts = text.split(
    new RegExp(String.raw`(?<![\p{L}\p{N}])(${escaped.join('|')})(?![\p{L}\p{N}])`, 'iu'),
  )
  // A split by one group gives text and match in turn.
  return <>{parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</>
}
