/** The page's static files: built when their sources are newer than the last build. */
import { buildPage } from '../../dashboards/build.ts'

export async function pageDir(): Promise<string> {
  const { dir } = await buildPage()
  return dir
}
