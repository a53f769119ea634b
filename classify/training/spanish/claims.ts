/**
 * Claims in Spanish: clauses by narrative, and frames that assert, deny, report or question them (`*` stands for the
 * clause). Slots as in words.ts.
 */
import type { Narrative, Stance } from '../../contract.ts'

export const CLAIMS: Readonly<Record<Narrative, readonly string[]>> = {
  machine_failure: [
    '{aparato} {no sirve|no funciona|no jala|no prende|no enciende|está fallando|falló|se dañó|se averió|se descompuso} en {sitio} de {ciudad}',
    '{aparato} {se trabó|se atascó|se congeló|se colgó|se bloqueó|se apagó|se cayó|se murió} {a media jornada|desde temprano|otra vez} en {ciudad}',
    '{aparato} de {sitio} {lleva horas|lleva toda la mañana|sigue} {sin servir|fuera de servicio|con error|parado|trabado}',
    '{aparato} {rechaza|escupe|devuelve|se traga|no lee|no acepta|no reconoce} las {boletas|papeletas|hojas} en {estado}',
    'hay {fallas|problemas técnicos|averías|desperfectos|errores} con {aparato} en {ciudad}',
    'en {sitio} {solo sirve una máquina|ninguna máquina sirve|tienen las máquinas apagadas|se quedaron sin impresora}',
    'se fue la luz en {sitio} y {las máquinas de votar no arrancan|no hay cómo votar|el sistema se cayó}',
    'no hay {papel|tinta|tóner|internet|conexión|sistema} para {aparato} de {sitio}',
    '{aparato} {pide contraseña|marca error|sale en pantalla azul|se reinicia sola|está descalibrada|imprime borroso} en {estado}',
    'las máquinas de {estado} {colapsaron|fallaron|se cayeron|dejaron de funcionar} y {el técnico no llega|nadie sabe qué hacer}',
  ],
  votes_not_counted: [
    '{tiraron|botaron|echaron|arrojaron} {n} {papel} a la basura en {ciudad}',
    '{encontraron|hallaron|aparecieron} {papel} {tirados|en un basurero|en un canal|en un monte|en una bodega|dentro de un carro} en {estado}',
    'no {contaron|cuentan|están contando|quieren contar|sumaron|incluyeron} los votos de {ciudad}',
    'dejaron {n} {papel} sin contar en {estado}',
    '{anularon|invalidaron|rechazaron|descartaron|desecharon} {n} {papel} {sin razón|válidos|por la firma|por usar marcador|por una manchita} en {estado}',
    'se {perdieron|extraviaron|esfumaron|desaparecieron|traspapelaron} {n} {papel} de {ciudad}',
    '{quemaron|destruyeron|trituraron|rompieron} {papel} en {estado}',
    'el voto de {familia} {nunca se contó|no aparece|fue rechazado|fue anulado|no vale}',
    '{pararon|detuvieron|suspendieron|frenaron} el conteo en {estado} {y faltan miles de votos|para no contar los nuestros|a medianoche}',
    'los votos {del exterior|por correo|de los militares|de los migrantes|provisionales|de la zona rural} {no se contaron|quedaron fuera|no van a valer|se ignoran}',
    '{oficina} {escondió|ocultó|retuvo|no entregó} {urnas|paquetes|cajas con votos|las actas} de {ciudad}',
    'los marcadores {invalidan|anulan|arruinan} la boleta en {estado}',
  ],
  results_manipulated: [
    '{culpable} {se robó|robó|nos robó|quiere robarse|está robando} {la elección|las elecciones|la presidencia|el triunfo} en {estado}',
    '{culpable} {manipuló|alteró|amañó|arregló|trucó|falsificó|infló} {los resultados|el conteo|las actas|el escrutinio|los totales|los números} en {estado}',
    'las máquinas {cambiaron|voltearon|pasaron|invirtieron|borraron|transfirieron} votos de {politico} a {politico}',
    '{hackearon|intervinieron|jaquearon|vulneraron} {el sistema|el servidor|las máquinas|la transmisión|el PREP|el software} de {oficina}',
    'le {quitaron|restaron|robaron|borraron} {n} votos a {politico} en {estado}',
    'le {sumaron|regalaron|inventaron|agregaron} {n} votos a {politico} {en la madrugada|de la nada|cuando nadie veía}',
    'las actas {no cuadran|no coinciden|fueron alteradas|están tachadas|son falsas} en {estado}',
    'hubo {fraude|trampa|mano negra|gato encerrado|un chanchullo|fraude electrónico} en {el conteo|el cómputo|el escrutinio|los resultados} de {estado}',
    'se cayó el sistema y {al volver ganaba el otro|cambiaron los números|apareció otro ganador|se voltearon los votos}',
    'la elección {estaba arreglada|está comprada|fue un robo|fue una farsa|fue amañada|fue un fraude} {desde el principio|en todo el país|}',
    '{politico} ganó y {le robaron|le quitaron|no lo dejan|le arrebataron} {la presidencia|el triunfo|la elección}',
    'hay más votos que {votantes|personas|inscritos} en {ciudad}',
    'el {algoritmo|software|programa|sistema} {favorece a|está programado para|le da votos a} {politico}',
  ],
  ballot_fraud: [
    '{votaron|están votando|hicieron votar a} {los muertos|personas muertas|ilegales|extranjeros|indocumentados|gente de otro país} en {ciudad}',
    '{metieron|introdujeron|trajeron|descargaron} {boletas falsas|votos falsos|urnas rellenas|papeletas marcadas|cajas de boletas} en {estado}',
    '{compran|compraron|pagan} votos {con despensas|con dinero|por 500 pesos|con láminas|a 20 dólares} en {ciudad}',
    'hay {acarreo|urnas embarazadas|carrusel|ratón loco|compra de votos|doble voto|votos duplicados} en {ciudad}',
    '{quien} votó {dos veces|tres veces|con credencial ajena|por su abuela muerta}',
    'rellenan boletas {en una casa|por otros|de ancianos|en blanco} en {ciudad}',
    'hay fraude con {el voto por correo|las boletas|el padrón|las credenciales|los buzones} en {estado}',
    'llegaron {boletas de más|camiones con boletas|cajas sin sello} a {sitio} en la noche',
    'recogen boletas ajenas {puerta por puerta|en asilos|en los buzones} en {estado}',
  ],
  voting_obstructed: [
    'hay {filas|colas} de {tres|cuatro|cinco|seis} horas para votar en {ciudad}',
    'no {dejan|dejaron|permiten|permitieron} votar a {la gente|los latinos|los jóvenes|mi familia|muchos} en {sitio}',
    '{cerraron|movieron|cambiaron} {la casilla|el centro de votación|las mesas} sin avisar en {ciudad}',
    'la boleta por correo {nunca llegó|no me llega|llegó tarde|se perdió en el correo}',
    '{amenazan|intimidan|hostigan|asustan|golpearon} a los votantes {afuera de la casilla|en la fila|con armas} en {ciudad}',
    '{borraron|quitaron|eliminaron} a {n} {votantes|personas|latinos} del padrón en {estado}',
    'la casilla {no abrió|abrió tres horas tarde|sigue cerrada|cerró antes de tiempo} en {ciudad}',
    'se {acabaron|terminaron} las boletas en {sitio} y mandan a la gente a casa',
    'mandan mensajes con {la fecha equivocada|una dirección falsa|información falsa} para que no voten en {estado}',
    'le exigen {papeles que no son|doble identificación|hablar inglés} para votar en {ciudad}',
    'robaron urnas {a punta de pistola|y hubo disparos} en {ciudad}',
  ],
}

export const FRAMES: Readonly<Record<Exclude<Stance, 'unrelated'>, readonly string[]>> = {
  asserts: [
    '*', '*', '* {risa}', '* 😡', '*!!!', '*, {qué casualidad|qué descaro|qué vergüenza|qué coraje|no puede ser|así no se puede|increíble}',
    'yo lo vi, *', '{quien} me acaba de decir que *', 'lo que no te cuentan: *', 'despierten, *', 'ya basta, *', 'difundan: *', 'URGENTE: *',
    'y todavía dicen que hay democracia, *', 'se los dije, *', 'así ganan ellos: *', '¿y la prensa? *, y calladitos', 'no es normal, *',
    'qué raro que * y nadie diga nada', 'todos sabemos que *', 'estoy en la casilla y *', '{dia} en {ciudad} *', 'fraude: *',
    'me consta que *', 'ojo {estado}: *', 'pásenlo, *', 'Alerta, * y {oficina} no hace nada', 'denuncio que *', 'acá mismo *',
    'this is crazy, *', 'no lies, *', 'wake up mi gente, *',
  ],
  debunks: [
    'es falso que *', 'no es cierto que *', 'mentira que *', 'FALSO: *', 'bulo: *', 'no hay {pruebas|evidencia|indicios} de que *',
    '{oficina} desmiente que *', 'verificado: no es verdad que *', '{medio} comprobó que es falso que *', 'dejen de inventar que *',
    'otra noticia falsa: *', 'el video que dice que * es {viejo|de otro país|editado|de hace años}', 'ningún tribunal encontró que *',
    'es un rumor que *, {oficina} ya lo aclaró', 'quien diga que * está mintiendo', 'circula que *: es desinformación',
    'no, no es que *, es el proceso normal', 'fact check: es falso que *', 'jueces y auditorías ya descartaron que *', 'no caigas, la historia de que * es mentira',
    'que no te engañen: eso de que * ya se desmintió', '{politico} desmiente que *', 'aclaración: ni * ni nada parecido',
  ],
  reports: [
    '{politico} {asegura|afirma|denuncia|alega|sostiene|dice} que *', '{partido} {denuncia|acusa|reclama|sostiene} que *',
    'según {medio}, *', '{oficina} investiga si *', '{medio}: reportan que *', 'una demanda alega que *', 'votantes {reportan|denuncian|dicen} que *',
    'un juez revisará la denuncia de que *', 'presentan queja porque *', '{oficina} {confirma|informa|reconoce} que *', 'acusan que *',
    'testigos declaran que *', '{politico} pide investigar si *', 'observadores {señalan|documentan} que *', 'fiscalía abre carpeta porque *',
  ],
  questions: [
    '¿es {cierto|verdad} que *?', '¿alguien {sabe|me confirma|vio} si *?', 'oigan, ¿será que *?', 'me dicen que *, ¿es verdad?',
    '¿hay pruebas de que *?', '¿cómo que *? ¿fuente?', 'leí que *, ¿alguien de {ciudad} lo confirma?', 'alguien sabe si * o es puro rumor',
    'is it true que *?', 'pregunta seria: ¿*?',
  ],
}
