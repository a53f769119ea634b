/** Talk about nothing political in languages that the drill has not, so that a mixed stream is as mixed as a network is. */
import type { Grammar } from '../../../../ingest/sources/drill/grammar.ts'

export interface Tongue {
  /** As posts name their language, BCP 47. */
  lang: string
  grammar: Grammar
  patterns: readonly string[]
}

export const PORTUGUESE: Tongue = {
  lang: 'pt',
  grammar: {
    quem: ['minha irmã', 'meu vizinho', 'a minha avó', 'o meu chefe', 'meu primo', 'a turma toda'],
    comida: ['feijoada', 'pão de queijo', 'bolo de cenoura', 'moqueca', 'tapioca', 'brigadeiro'],
    coisa: ['o chuveiro', 'a bicicleta', 'o celular', 'a impressora', 'o ônibus', 'a geladeira'],
    quando: ['hoje', 'ontem à noite', 'de novo', 'agora há pouco', 'desde cedo', 'no fim de semana'],
    bicho: ['o cachorro', 'a gata', 'o papagaio', 'o coelho', 'a tartaruga'],
    time: ['o jogo', 'a final', 'o clássico', 'o treino', 'a prorrogação'],
  },
  patterns: [
    '{quem} fez {comida} {quando} e ficou uma delícia',
    'Quebrou {coisa} {quando}, que preguiça de consertar',
    '{bicho} comeu a {comida} de {quem} {quando}',
    'Que {time} foi esse, {quem} não para de gritar',
    'Alguém tem receita de {comida}? {quem} pediu {quando}',
    'Choveu {quando} e {coisa} ficou lá fora',
  ],
}

export const GERMAN: Tongue = {
  lang: 'de',
  grammar: {
    wer: ['meine Schwester', 'mein Nachbar', 'die Oma', 'mein Chef', 'unser Trainer', 'die ganze Klasse'],
    essen: ['Kartoffelsuppe', 'Apfelkuchen', 'Spätzle', 'Linseneintopf', 'Brezeln', 'Pflaumenmus'],
    ding: ['der Drucker', 'das Fahrrad', 'die Heizung', 'der Wecker', 'die Waschmaschine', 'der Zug'],
    wann: ['heute', 'gestern Abend', 'schon wieder', 'seit Montag', 'vor dem Frühstück', 'am Wochenende'],
    tier: ['der Hund', 'die Katze', 'der Igel', 'das Pferd', 'der Kater von nebenan'],
    wetter: ['Nebel', 'Schnee', 'Gewitter', 'Nieselregen', 'Frost'],
  },
  patterns: [
    '{wer} hat {wann} {essen} gemacht, und alle wollten mehr',
    '{ding} ist {wann} kaputt, natürlich kurz vor dem Urlaub',
    '{tier} schläft {wann} auf dem Sofa und träumt von {essen}',
    '{wetter} {wann}, und {wer} geht trotzdem laufen',
    'Kann mir jemand erklären, warum {ding} {wann} so laut ist?',
    'Suche ein Rezept für {essen}, {wer} kommt zu Besuch',
  ],
}

export const FRENCH: Tongue = {
  lang: 'fr',
  grammar: {
    qui: ['ma sœur', 'mon voisin', 'ma grand-mère', 'mon chef', 'toute la famille', 'le petit dernier'],
    plat: ['une ratatouille', 'des crêpes', 'une tarte aux pommes', 'un gratin', 'une soupe à l’oignon'],
    chose: ['le vélo', 'la chaudière', 'le téléphone', 'la cafetière', 'le train', 'l’ascenseur'],
    quand: ['ce soir', 'hier', 'encore une fois', 'depuis lundi', 'avant le dîner', 'tout le week-end'],
    bete: ['le chat', 'le chien', 'la tortue', 'le lapin', 'le perroquet'],
    temps: ['la pluie', 'le brouillard', 'la neige', 'l’orage', 'le gel'],
  },
  patterns: [
    '{qui} a préparé {plat} {quand}, un régal',
    '{chose} est en panne {quand}, quelle surprise',
    '{bete} dort {quand} sur les genoux de {qui}',
    'Avec {temps} {quand}, {qui} reste à la maison avec {plat}',
    'Quelqu’un sait réparer {chose}? {qui} abandonne',
    'On regarde {temps} tomber {quand}, {bete} n’aime pas ça',
  ],
}

export const JAPANESE: Tongue = {
  lang: 'ja',
  grammar: {
    dare: ['妹', '隣の人', '祖母', '友だち', '店長', '弟'],
    tabemono: ['味噌ラーメン', 'たこ焼き', 'カレー', '抹茶アイス', 'おにぎり', '焼き芋'],
    mono: ['洗濯機', '自転車', 'スマホ', '電車', 'エアコン', 'プリンター'],
    itsu: ['今日', '昨日の夜', '今朝', 'さっき', '週末', 'また'],
    doubutsu: ['猫', '犬', 'うさぎ', 'ハムスター', '金魚'],
  },
  patterns: [
    '{itsu}{dare}が{tabemono}を作ってくれた。とてもおいしい',
    '{mono}が{itsu}壊れた。修理の人を待っている',
    '{doubutsu}が{tabemono}をじっと見ている。かわいい',
    '{itsu}は{mono}が遅れて、{dare}と{tabemono}を食べに行った',
    '{dare}の{doubutsu}が{itsu}うちに来た。元気だった',
  ],
}
