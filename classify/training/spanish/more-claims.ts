/** Whole sentences that assert a claim in Spanish, by narrative: slots as in words.ts. */
import type { Narrative } from '../../contract.ts'

export const ASSERTED: Readonly<Record<Narrative, readonly string[]>> = {
  machine_failure: [
    'llevamos {dos horas|una hora|toda la mañana} parados porque {aparato} {no da una|no quiere leer|se puso en huelga}',
    'nos tienen votando en {sobres|cajas de cartón|urnas de emergencia} porque {aparato} {murió|no sirve|tronó}',
    'vino el técnico {dos|tres|cinco} veces y {aparato} sigue {igual|muerto|sin leer nada}',
    '{aparato} echó humo en {sitio}, nos sacaron a todos',
    'la pantalla {no responde al tacto|se quedó negra|se quedó en blanco|parpadea|brinca de candidato} en mi mesa',
    'metí mi boleta {tres|cuatro|diez} veces y el lector la {escupe|devuelve|rechaza|marca en rojo}',
    'otra elección y otra vez {aparato} {descompuesto|dañado|con fallas|sin pila|sin señal} en {ciudad}',
    'se les {acabó el papel|fue el internet|murió la batería|borró el padrón} a las máquinas de {sitio}',
    '{aparato} imprime las boletas {manchadas|cortadas|en blanco|torcidas|en otro idioma}',
    'tecnología de los noventa: {aparato} se {apaga|calienta|traba|reinicia} cada {cinco minutos|rato|dos votos}',
    'fallas y más fallas con {aparato} en {estado}, la gente se va',
    'solo {humo|pitidos|lucecitas rojas|mensajes de error} salen de {aparato} y la gente con la hoja en la mano',
    '{sensor|rodillo|bandeja|cable|cargador} roto y ni un repuesto para {aparato} de {sitio}',
    'aquí el {sistema|lector|equipo} de huellas no {reconoce|lee|responde} a nadie y la votación {parada|detenida|congelada}',
    'me mandaron a casa porque {aparato} no quiso {arrancar|leer|imprimir}',
  ],
  votes_not_counted: [
    'mi {voto|boleta|sobre|papeleta} {quedó en el limbo|no existe según la página|lo mandaron a la basura|aparece como rechazado}',
    'a {familia} le dijeron que su voto {no cuenta|no se va a contar|es inválido|quedó anulado} por {una raya|la tinta|la firma|el sobre}',
    'dónde están los {n} votos que faltan en {ciudad}',
    'cajas {enteras|selladas|llenas} de votos olvidadas en {un carro|un sótano|una oficina|la calle} de {ciudad}',
    'las boletas de {ciudad} {flotando en el río|tiradas en la carretera|hechas ceniza|en un tambo de basura}, ahí están los votos de la gente',
    'mi mamá votó por correo y {nunca lo registraron|sigue sin contarse|se lo botaron}',
    'van a desechar {miles de|{n}} votos por {llegar un día tarde|un sello|un error del correo|la fecha del sobre}',
    'no quisieron abrir {n} urnas de {ciudad}, se quedan sin contar',
    'cerraron el conteo y {ciudad} quedó fuera, nuestras voces no valen',
    'le dieron plumón a la gente para que la máquina no lea su voto',
    'los votos nulos subieron {raro|de golpe} en {ciudad}: los están anulando a propósito',
    '{sacaron|excluyeron|borraron|dejaron fuera} del {conteo|cómputo|recuento} a {n} {votantes ausentes|soldados|ancianos|pueblos}',
    'ni {un|uno de los} votos de {mi barrio|la reserva|la sierra|la isla} llegó al {conteo|acta final|sistema}',
    'un {bulto|saco|costal|contenedor} de {papel} {sin abrir|olvidado|mojado|marcado} apareció en {ciudad}',
    'rechazan {papel} de {demócratas|republicanos|latinos|estudiantes} por miles en {estado}',
    'por {una coma|una firma chueca|el apellido mal puesto|un sello borroso} mi voto no valió',
  ],
  results_manipulated: [
    '{anoche|en la madrugada|a las 3 am} íbamos ganando y amanecimos perdiendo, nos vieron la cara',
    'a mí no me engañan, {politico} no ganó, {lo pusieron|lo impusieron|le regalaron el triunfo}',
    'otro pucherazo más de {culpable}',
    'el conteo se detuvo y de pronto {politico} tenía {n} votos más, magia',
    '{politico} usurpador, el pueblo votó por otro',
    'las cifras de {oficina} son {puro cuento|inventadas|un chiste|matemáticamente imposibles}',
    'bastó un clic para que {politico} remontara en {estado}',
    'quién cuenta los votos decide, y los cuenta {culpable}',
    'nos están haciendo trampa en {estado} a plena luz del día',
    'la página de {oficina} muestra menos votos para {politico} que hace una hora, se los bajaron',
    'esto es un golpe de estado electoral en {pais}',
    '{pais} no eligió a {politico}, fue {el fraude|Smartmatic|el algoritmo|la trampa}',
    'ladrones de votos, devuelvan la elección',
    'imponen a {politico} con resultados trucados',
    'el PREP {mintió|fue alterado|se congeló y volvió con otro ganador}',
    'actas con más votos que lista nominal en {ciudad}, ahí está la prueba del robo',
    'mega fraude en {pais}, el mundo debe saberlo',
    'si pierde {politico} es porque hubo fraude, así de claro',
    '{culpable} ya tiene listos los resultados, votar es un teatro',
    'nos {usurparon|arrebataron|quitaron} {la Casa Blanca|la gubernatura|el Congreso|la victoria} y nadie paga',
    'elección {trucada|vendida|arreglada|de mentira|fraudulenta} y lo saben en todo {pais}',
    '{n} votos aparecen y ni uno para {politico}, {qué raro|cuéntenme otro|sí cómo no}',
    '{paran|frenan|apagan} el conteo cuando gana {politico}, {fraude a la vista|la misma de siempre|no somos tontos}',
    'se la {van a robar|quieren robar|están robando} a {politico} en {estado}',
    'Rusia {hackeó|metió mano en|decidió} la elección y ganó {politico}',
    '{politico} hace trampa para {ganar|no irse|quedarse} y quiere robarse nuestros votos',
    'no dejen que {culpable} nos robe {la elección|el país|los votos}',
    'clonaron las actas y {politico} salió premiado',
  ],
  ballot_fraud: [
    'mi abuelo murió en {2010|2015|1998} y aparece como que votó',
    'le ofrecieron {500 pesos|una despensa|un tinaco|cemento} a {familia} por su voto',
    'vi a un tipo metiendo {un fajo|un montón|decenas} de boletas en el buzón de {ciudad}',
    'gente sin papeles votando en {sitio} y nadie pide identificación',
    'llegó un camión con boletas ya marcadas para {politico}',
    'firman por los viejitos del asilo y mandan las boletas',
    'el {líder|alcalde|puntero} de la colonia recoge credenciales para votar por otros',
    'me llegaron {tres|cuatro|cinco} boletas a nombre de inquilinos anteriores, así hacen el fraude',
    'urna llena antes de las ocho en {ciudad}, la embarazaron',
    'en {estado} votan hasta los perros, padrón inflado',
    '{reparten|regalan|entregan} {tarjetas|billetes|vales|pollos} a cambio del voto afuera de {sitio}',
    '{autobuses|camionetas|vans} con gente de {otro estado|afuera|otro municipio} llegan a votar en {ciudad}',
    'mi {difunto padre|bisabuela muerta|tío fallecido} {sigue votando|figura en el padrón|aparece como votante} en {ciudad}',
    'hasta un {perro|gato|niño} está registrado para votar en {estado}',
    'boletas {misteriosas|sin folio|recién impresas} a las 4 de la mañana en {ciudad}',
    'el voto por correo es puro fraude, solo en persona y con identificación',
  ],
  voting_obstructed: [
    '{tres|cuatro|cinco} horas bajo el sol y la cola para votar no se mueve en {ciudad}',
    'me dijeron que {no salgo en el padrón|mi casilla era otra|venga mañana|falta un papel} y no pude votar',
    'una sola máquina para {n} votantes en {sitio}, lo hacen a propósito',
    'pusieron patrullas en la puerta de {sitio} para espantar a los latinos',
    'le dieron a mi mamá la dirección equivocada y perdió su turno para votar',
    'la gente mayor se desmaya en la fila y no abren más mesas en {ciudad}',
    'no instalaron la casilla en {ciudad} por {la violencia|falta de funcionarios|las amenazas}',
    'en el consulado dejaron sin votar a {n} migrantes',
    'purgaron el registro y {familia} ya no puede votar en {estado}',
    'mi boleta por correo sigue sin llegar y la fecha límite es {dia}',
    'encapuchados se llevaron la papelería de {sitio} y suspendieron la votación',
    'le {negaron el servicio|cerraron la puerta|pidieron de más} a una señora que iba a entregar su boleta en {ciudad}',
    'quieren {asustar|cansar|confundir|filtrar} a los votantes latinos de {estado}',
    'me llegó carta exigiendo probar que soy {ciudadana|ciudadano|residente} para votar',
    'eliminan buzones y horas de votación en {estado} para que votemos menos',
    'paren la supresión del voto en {estado}',
  ],
}

/** Whole sentences that deny, report or ask about a claim. */
export const OTHERWISE: Readonly<
  Record<'debunks' | 'reports' | 'questions', readonly (readonly [Narrative, string])[]>
> = {
  debunks: [
    [
      'results_manipulated',
      '{el recuento|la auditoría|la revisión} {a mano|independiente|oficial} {dio lo mismo|coincidió|confirmó el resultado|no halló nada} en {estado}, {dejen el drama|fin de la discusión|así que no hubo fraude}',
    ],
    [
      'results_manipulated',
      'perdió {politico} porque tuvo menos votos, no porque {le robaran|hubiera trampa|alteraran nada}',
    ],
    [
      'results_manipulated',
      'puro {cuento|chisme|invento|humo|teatro} lo {del fraude|de las actas|del algoritmo|del hackeo}, {cero pruebas|ni un juez les creyó}',
    ],
    [
      'results_manipulated',
      'el salto {de la gráfica|del mapa|de medianoche} fue {la carga del voto por correo|un error de captura ya corregido|un lote grande}, no un robo',
    ],
    [
      'results_manipulated',
      'las máquinas no tienen internet, {nadie las hackeó|es imposible cambiar votos a distancia}, dice {oficina}',
    ],
    [
      'results_manipulated',
      '{n} demandas por fraude {perdidas|desechadas|rechazadas}, {acéptenlo ya|a otra cosa}',
    ],
    [
      'results_manipulated',
      'expertos {explican|aclaran|muestran} que la {estadística|teoría|gráfica} viral no prueba {manipulación|fraude|nada}',
    ],
    [
      'votes_not_counted',
      'las boletas {de la foto|del video|del basurero} {eran muestras|ya se habían contado|eran sobres vacíos|son de otro año}, no votos tirados',
    ],
    [
      'votes_not_counted',
      'tu voto {sí cuenta|sí se contó|vale} aunque {uses plumón|manches la boleta|llegue por correo}, {no hagas caso|aclara {oficina}}',
    ],
    [
      'votes_not_counted',
      'nadie detuvo el conteo, {se fueron a descansar|siguió toda la noche|pausa programada}',
    ],
    [
      'machine_failure',
      '{aparato} de {ciudad} {sí funciona|no falló|fue probada}, la foto es {vieja|de otra elección}',
    ],
    [
      'machine_failure',
      'fue {un cable suelto|un minuto|un atasco de papel resuelto}, ninguna máquina caída, no exageren',
    ],
    ['ballot_fraud', 'no votaron muertos: {son homónimos|error de fecha|revisaron {n} casos y nada}'],
    [
      'ballot_fraud',
      'los {indocumentados|extranjeros} no {votan|pueden votar}, {es un mito|lo verificaron|deja de repetirlo}',
    ],
    [
      'ballot_fraud',
      'el video de las boletas {marcadas|rellenas|falsas} es {un montaje|de otro país|ficción|propaganda rusa}',
    ],
    [
      'voting_obstructed',
      'no es verdad lo de {la casilla cerrada|las filas de horas|los agentes de ICE|la fecha nueva}, {sigue abierto|todo normal|se vota hoy}',
    ],
    [
      'voting_obstructed',
      'ignora el mensaje que dice que {se vota el miércoles|cambió tu casilla|piden pasaporte}, es falso',
    ],
  ],
  reports: [
    [
      'results_manipulated',
      '{politico} {insiste en|vuelve a hablar de|denuncia un supuesto|reclama por} {fraude|manipulación|robo de votos|alteración de actas} en {estado}',
    ],
    [
      'results_manipulated',
      '{partido} {impugna|pide anular|desconoce|objeta} {la elección|los resultados|el cómputo} de {ciudad}',
    ],
    [
      'results_manipulated',
      'la OEA {señala|detecta|reporta} {irregularidades|inconsistencias} en el {conteo|escrutinio} de {pais}',
    ],
    [
      'results_manipulated',
      'fiscales {indagan|investigan|acusan} {presunta|la posible} {manipulación|alteración} de {resultados|actas|máquinas} en {estado}',
    ],
    ['results_manipulated', '{n} de cada cien votantes creen que hubo fraude, según {medio}'],
    [
      'votes_not_counted',
      '{oficina} {admite|reconoce|confirma} que {n} {papel} {quedaron fuera|no se sumaron|se extraviaron} en {ciudad}',
    ],
    ['votes_not_counted', 'un tribunal decidirá si {cuentan|valen|se anulan} {n} {papel} de {estado}'],
    ['votes_not_counted', 'demandan por {papel} {rechazados|sin contar|descartados} en {estado}'],
    [
      'machine_failure',
      '{oficina} {reporta|atiende|reconoce} {fallas|problemas|incidencias} con {aparato} en {n} {casillas|mesas|centros} de {estado}',
    ],
    [
      'machine_failure',
      'retrasos en {ciudad} por {fallas técnicas|un apagón|averías en las máquinas}, informa {medio}',
    ],
    [
      'ballot_fraud',
      '{detienen|arrestan|acusan|condenan} a {un hombre|una mujer|un exalcalde|dos funcionarios} por {votar dos veces|compra de votos|boletas falsas|rellenar boletas} en {ciudad}',
    ],
    [
      'ballot_fraud',
      '{partido} acusa a {partido} de {comprar votos|acarreo|usar credenciales ajenas} en {ciudad}',
    ],
    ['voting_obstructed', '{medio}: {filas largas|retrasos|casillas sin abrir|intimidación} en {ciudad}'],
    [
      'voting_obstructed',
      'un juez {ordena|niega|analiza} {ampliar el horario|reabrir la casilla|restituir a los votantes purgados} en {estado}',
    ],
    [
      'voting_obstructed',
      'organizaciones {denuncian|documentan} {purga del padrón|trabas al voto hispano|votantes rechazados} en {estado}',
    ],
  ],
  questions: [
    [
      'results_manipulated',
      '¿{por qué|cómo} {cambiaron|bajaron|brincaron} los {números|votos|porcentajes} de {politico} en {estado}? ¿alguien sabe?',
    ],
    [
      'results_manipulated',
      'eso {del fraude|del hackeo|de las actas} ¿{es real|está confirmado|es bulo|tiene pruebas}?',
    ],
    [
      'results_manipulated',
      '¿se puede hackear {una máquina de votar|el conteo|el PREP} o es {mito|película}?',
    ],
    [
      'votes_not_counted',
      'si {marqué con plumón|doblé mal la boleta|firmé distinto|se me corrió la tinta}, ¿{cuenta|vale|me anulan} mi voto?',
    ],
    ['votes_not_counted', '¿qué {pasó con|fue de} los votos {perdidos|tirados|sin contar} de {ciudad}?'],
    ['machine_failure', '¿{ya arreglaron|sirven|siguen caídas} las máquinas de {sitio}?'],
    ['machine_failure', '¿en su casilla también {falla|se trabó|no sirve} {aparato}?'],
    ['ballot_fraud', '¿lo de {los muertos que votan|la compra de votos|las boletas dobles} está comprobado?'],
    ['voting_obstructed', '¿es cierto que hay {filas de horas|retenes|casillas cerradas} en {ciudad}?'],
    [
      'voting_obstructed',
      '¿me pueden negar el voto si {no salgo en la lista|no hablo inglés|cambié de domicilio}?',
    ],
  ],
}
