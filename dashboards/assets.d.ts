/** A file that is fetched when it is needed: its address. */
declare module '*.json?url' {
  export const url: string
  export default url
}
