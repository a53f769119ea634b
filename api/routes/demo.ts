/** Nights to practise on and to look back at; only where this installation offers them. */
import { createRoute, z } from '@hono/zod-openapi'
import type { App, Demo } from './deps.ts'
import { json, problemResponse, RequestError } from './problem.ts'

/** Night seconds a second; beyond it `max` is meant. */
const SPEED_MAX = 100_000

const startedSchema = z.object({ path: z.string().describe('where the page of that night is') })

const drillRoute = createRoute({
  method: 'post',
  path: '/api/demo/drill',
  summary: 'Start the drill anew',
  request: { body: { content: { 'application/json': { schema: z.object({}) } }, required: true } },
  responses: { 201: json(startedSchema, 'it runs'), 400: problemResponse('a body that is not {}') },
})

const replayRoute = createRoute({
  method: 'post',
  path: '/api/demo/replay',
  summary: 'Play a recorded night that is sent as the body, as it is (JSON lines or CSV, plain or gzip)',
  request: {
    query: z.object({
      name: z.string().min(1).max(200).describe("the file's name, by whose ending its format is told"),
      speed: z.union([z.literal('max'), z.coerce.number().min(1).max(SPEED_MAX)]).default('max'),
    }),
    body: {
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
      required: true,
    },
  },
  responses: {
    201: json(startedSchema, 'it runs'),
    400: problemResponse('no file'),
    413: problemResponse('a file larger than this desk takes'),
  },
})

export function addDemoRoutes(app: App, demo: Demo): void {
  app.openapi(drillRoute, async (c) => c.json(await demo.startDrill(), 201))
  if (demo.replay === undefined) return
  const replay = demo.replay.bind(demo)
  app.openapi(replayRoute, async (c) => {
    const { name, speed } = c.req.valid('query')
    const file = c.req.raw.body
    if (file === null) throw new RequestError(400, 'no_file', 'the body holds no file')
    return c.json(await replay(file, name, speed), 201)
  })
}
