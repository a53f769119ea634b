/** Labelled posts as files hold them. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { type Narrative, narrativeSchema, type Stance, stanceSchema } from '../contract.ts'

/** Names that label files use for our narratives. */
const OTHER_NAMES: Readonly<Record<string, string>> = { voter_suppression_process: 'voting_obstructed' }

const narrativeName = z
  .string()
  .transform((name) => OTHER_NAMES[name] ?? name)
  .pipe(z.union([narrativeSchema, z.enum(['other_election', 'not_election'])]))

export const labelledSchema = z.object({
  id: z.string().optional(),
  text: z.string(),
  /** The main narrative, or `other_election`, `not_election`. */
  narrative: narrativeName,
  stance: stanceSchema,
  flag: z.boolean(),
  /** Further narratives that the post asserts. */
  also: z.array(narrativeName).nullish(),
  place: z.string().nullish(),
  /** 0 where another careful reader could choose otherwise. */
  sure: z.number().default(1),
})
export type Labelled = z.infer<typeof labelledSchema>

/** The narratives that hold for a labelled post, the main one first. */
export function narrativesOf(post: Pick<Labelled, 'narrative' | 'also'>): Narrative[] {
  return [post.narrative, ...(post.also ?? [])].filter(
    (name): name is Narrative => name !== 'other_election' && name !== 'not_election',
  )
}

/** Lines of a JSON-lines file, plain or gzip. Throws SyntaxError naming the line. */
export function readJsonLines(path: string): unknown[] {
  const raw = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8')
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (error) {
      throw new SyntaxError(`${path} line ${i + 1} is not JSON`, { cause: error })
    }
  })
}

/** Labelled posts of a file. Throws SyntaxError naming the first line that is no labelled post. */
export function readLabelled(path: string): Labelled[] {
  return readJsonLines(path).map((value, i) => {
    const post = labelledSchema.safeParse(value)
    if (!post.success) {
      throw new SyntaxError(`${path}: post ${i + 1} is not a labelled post: ${z.prettifyError(post.error)}`)
    }
    return post.data
  })
}

/** What an unrelated text is labelled as. */
export function unrelated(text: string): Labelled {
  const stance: Stance = 'unrelated'
  return { text, narrative: 'not_election', stance, flag: false, sure: 1 }
}
