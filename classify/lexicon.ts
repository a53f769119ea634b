/**
 * The gate's words, in lower case and without accents. `*` at the end stands for any ending; in a hashtag a word counts
 * wherever it stands. A text is a candidate where it holds a word of ELECTION or ALONE, or words of two of POLITICS,
 * EQUIPMENT and TROUBLE. Directly after a word of HOUSEHOLD no word is one of EQUIPMENT.
 */

export type Entry = string

function entries(...lines: readonly string[]): readonly Entry[] {
  return lines.join(' ').split(' ')
}

/** Each of these makes a post one about an election, and a candidate. */
export const ELECTION = entries(
  'vote* voti* ballot* elect* reelect* unelect* preelect* precinct* tabulat* recount* midterm* turnout* absentee* mailin',
  'runoff* caucus* presidency presidential gubernatorial poll polls polling pollworker* pollwatch* pollster* pollbook*',
  'epollbook* gerrymander* stopthesteal dominion smartmatic diebold electionnight exitpoll* countthevote*',
  // Spellings that are seen often.
  'votting balot* absantee* elecsh* elecc* poling tabyul* dominon',
  // Spanish.
  'voto* vota votar* votac* votan* votaro* votamo* boleta* papeleta* eleccion* electora* urna urnas escrut* sufrag* recuento',
  'casilla* precinto* tabulador* pucherazo',
)

/** People, parties and offices of national elections: an election post in all but a few cases. */
export const POLITICS = entries(
  'trump* biden* joebiden* hillary clinton kamala harris pence obama sanders bernie warnock ossoff loeffler perdue',
  'fetterman desantis karilake kari hobbs democrat* republican* gop dems dnc rnc potus senat* congress* governor*',
  'candidate* campaign* liberal* conservative* incumbent* primaries concede* concession inaugur* landslide maga kag',
  'pizzatothepolls maricopa counties swingstate* rino rinos leftist* socialist* whitehouse usps democracy democratsch*',
  'gobernador* presidenci* candidato* democracia',
)

/** What narratives are told with. */
export const TROUBLE = entries(
  'steal* stole* theft thief thieves rig rigg* fraud* cheat* counts counted counting counter* uncount*',
  'glitch* hack* flip* switch* swap* corrupt* illegal* illegit* fake*',
  'manipul* tamper* interfer* irregular* anomal* discrepan* mismatch* suspicio* missing misplace* lost losing found find',
  'finding dump* throw* threw thrown toss* trash* garbage garbidge shred* destroy* burn* buried bury reject* invalid*',
  'discard* disqualif* nullif* cancel* void voided broken broke down dead died dies jam jammed malfunction* software',
  'softwear system* error* fail* problem* issue* delay* stop* halt* paus* audit* lawsuit* court* scotus',
  'investigat* evidence proof prove* whistleblow* watcher* observer* coup scam* hoax* conspir* lie lies lied crook*',
  'criminal* treason* shady fishy strange weird convenient* coincidence shenanigan* chicaner* trick* scheme* integrity',
  'secur* legit* honest* fair fairly unfair overturn* decertif* certif* algorithm* paper* power outage*',
  'offline crash* mule mules harvest* stuff* drop* inflat* disappear* vanish* delet* change* changing add added',
  'subtract* remov* erase* hide* hid hiding block* kick* refus* suppress* sabotag* overnight magic* impossib* statistic*',
  'suddenly rob robbed robbing purloin* disenfranchis* mail* usps dejoy win winner winner* won unplugged',
  'reboot* recalibrat* calibrat* locked cooking cooked fix fixed fixing fixes bought freez* frozen froze stuck slow*',
  'crack* blank connectivity modem sync batter* shortage* unopened turned working worked wont turn reset restart* alter* typed',
  // Spanish.
  'robar* robad* robaro* robo roban trampa* amana* altera* hacke* falla* fallo* descompuest* danad* averiad* rota roto',
  'rotas trab* caid* cayo apag* sirve* funciona* conge* perdid* perdi* tirar* tirad* basura quem* rechaz* anul* descart*',
  'extravi* desapar* borra* conteo contar* contad* cont cuenta cuentan sistema mentira* falso* falsa* romp* muri* muert* tranc* prend* enciend* ningun* nadie',
  'nieg* respond* senal invent* cambi* volte* inflar* inverti* sacaron quitaron comprad* madrugada',
)

/** What an election is held with, and what a post may name without any other word of it. */
export const EQUIPMENT = entries(
  'scanner scanners machine machines computer computers server servers print printing paper mashine* touchscreen* screens eslate* printer printers tablets checkin kiosk* evm evms',
  'sharpie* scorecard watchers observers county clerk count totals tally tallies tallied results numbers provisional poll',
  'illegals mules envelope* dropbox*',
  // Spanish.
  'maquina* maquinit* escaner* pantalla* computadora* servidor* totales numeros impresora* condado* equipo* aparato* conteo lector* resultado*',
)

/** Each of these makes a post a candidate, of whatever it is. */
export const ALONE = entries(
  'rig rigging rigged riggedelect* stolen steal stealing stole cheated cheating fraud* glitch* counted uncounted hacked',
  'tampered audit audits audited certified certification decertif* robaron robada amana* fraude*',
)

/** What makes of a machine, or of paper, one that nobody votes with. */
export const HOUSEHOLD = entries(
  'coffee espresso cappuccino washing laundry vending sewing knitting slot pinball arcade claw gumball karaoke fax',
  'answering rowing drum fog smoke ice toilet wrapping tissue',
)
