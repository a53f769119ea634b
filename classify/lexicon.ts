/** The gate's words. `*` at the end stands for any ending; in a hashtag a word counts wherever it stands. */

export type Entry = string

/** Each of these alone makes a post one about an election. */
export const ELECTION: readonly Entry[] =
  'vote* voti* ballot* elect* reelect* unelect* preelect* precinct* tabulat* recount* midterm* turnout* absentee* mailin electoral* runoff* caucus* presidency presidential gubernatorial poll polls polling pollworker* pollwatch* pollster* gerrymander* stopthesteal dominion smartmatic electionnight exitpoll* ballotbox countthevote* democratsch* maga kag'.split(
    ' ',
  )

/** People, parties and offices of national elections: an election post in all but a few cases. */
export const POLITICS: readonly Entry[] =
  'trump* biden* joebiden* hillary clinton kamala harris pence obama sanders bernie warnock ossoff loeffler perdue fetterman desantis karilake kari hobbs democrat* republican* gop dems dnc rnc potus senat* congress* governor* candidate* campaign* liberal* conservative* incumbent* primaries concede* concession inaugur* landslide pizzatothepolls pollworker maricopa counties swingstate* rino rinos leftist* socialist* whitehouse usps democracy'.split(
    ' ',
  )

/** What narratives are told with. */
export const TROUBLE: readonly Entry[] =
  'steal* stole* theft thief thieves rig rigg* fraud* voterfr* cheat* count* uncount* recount* machine* scanner* glitch* hack* flip* switch* dominion smartmatic sharpie* corrupt* illegal* illegit* fake* manipul* tamper* interfer* irregular* anomal* suspicio* missing lost found find finding dump* throw* threw thrown toss* trash* destroy* burn* reject* invalid* discard* disqualif* broken broke down jam jammed malfunction* software computer* server* system* error* fail* problem* issue* delay* stop* halt* paus* audit* lawsuit* court* scotus investigat* evidence proof prove* whistleblow* watcher* observer* coup scam* hoax* lie crook* criminal* treason* shady fishy strange convenient* integrity secur* legit* honest* fair fairly overturn* decertif* certif* tabulat* algorithm* print* paper* power outage* offline crash* ballot* mule mules harvest* stuff* drop* inflat* disappear* vanish* delet* change* changing add added subtract* remov* erase* hide* hid block* kick* refus* suppress* sabotag* overnight magic* impossib* statistic* suddenly robbed disenfranchis* voting mail* usps dejoy poll* won win winner winner* unplugged reboot* recalibrat* calibrat* rejected locked cooking cooked freez* frozen froze stuck slow* crack* connectivity sync'.split(
    ' ',
  )

/** Equipment of an election that a post may name without any other word of it. */
export const EQUIPMENT: readonly Entry[] =
  'tabulat* scanner scanners machine machines touchscreen* precinct* pollbook* epollbook* sharpie* dominion smartmatic scorecard ballot* steal* stolen rigged riggedelect* fraud* cheat* watchers observers glitch* counted uncounted recount*'.split(
    ' ',
  )

/** Each of these alone asks the model. */
export const ALONE: readonly Entry[] = 'rigged stolen'.split(' ')
export const VOTING_IN_SPANISH: readonly Entry[] = 'voto* votar* votaci* votante* boleta* papeleta* eleccion* electora* urna urnas escrutin* sufragi* recuento'.split(' ')
