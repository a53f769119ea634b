/** Words that make a place's name part of another name. All in lower case. */

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

/** A newspaper's name behind a place's: `Detroit Free Press`, `LA Times`, `Miami Herald`; with a capital. */
export const OUTLETS = words(
  'times post tribune herald globe inquirer journal gazette chronicle dispatch examiner sentinel observer courier ' +
    'register magazine mag journal-constitution post-dispatch post-gazette review-journal post-intelligencer ' +
    'post-tribune journal-sentinel sun-times sun-sentinel star-tribune star-telegram times-picayune mirror',
)

/** A street or a team behind a place's name: `Pennsylvania Avenue`, `Dallas Cowboys`; with a capital. */
export const STREETS_AND_TEAMS = words(
  'avenue ave street boulevard blvd road drive lane cowboys eagles steelers packers broncos patriots bears lions ' +
    'vikings saints falcons panthers buccaneers dolphins jaguars colts chiefs raiders chargers rams seahawks 49ers ' +
    'cardinals bengals browns ravens bills jets giants commanders redskins lakers clippers celtics bulls heat knicks ' +
    'nets sixers 76ers bucks pistons hawks hornets magic spurs mavericks rockets nuggets suns jazz yankees mets ' +
    'dodgers phillies braves cubs astros rangers brewers twins royals tigers orioles marlins padres mariners ' +
    'buckeyes wolverines longhorns crimson bulldogs gators hurricanes seminoles sooners hoosiers boilermakers ' +
    'flyers penguins bruins sabres blackhawks avalanche kraken huskies ducks wildcats',
)
