/** Words that fill the slots of the Spanish sentences, each list under its slot's name. */

/** Words parted by `;`. */
function list(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(';').map((word) => word.trim()))
}

export const WORDS: Readonly<Record<string, readonly string[]>> = {
  sitio: list(
    'la primaria;la secundaria;la iglesia;el gimnasio;la biblioteca;el centro comunitario;la parroquia;el polideportivo',
    'la estación de bomberos;el ayuntamiento;el instituto;la universidad;el kínder;la casilla;el colegio electoral',
    'el centro de votación;mi mesa;el salón comunal;el palacio municipal;el consulado;mi recinto;mi precinto;la plaza',
  ),
  ciudad: list(
    'Phoenix;Miami;Houston;Dallas;San Antonio;El Paso;Laredo;Tucson;Las Vegas;Reno;Orlando;Hialeah;Tampa;Filadelfia;Allentown',
    'Milwaukee;Chicago;Los Ángeles;Fresno;San Diego;Nueva York;el Bronx;Newark;Atlanta;Charlotte;Detroit;Denver;Albuquerque',
    'Ciudad de México;Guadalajara;Monterrey;Puebla;Tijuana;Mérida;Oaxaca;Bogotá;Medellín;Cali;Barranquilla;Caracas;Maracaibo',
    'Lima;Arequipa;Quito;Guayaquil;La Paz;Santa Cruz;Buenos Aires;Rosario;Córdoba;Montevideo;Santiago;Valparaíso;Asunción',
    'San Juan;Ponce;Bayamón;Mayagüez;Santo Domingo;La Habana;San Salvador;Tegucigalpa;Managua;San José;Ciudad de Guatemala',
    'Madrid;Barcelona;Sevilla;Valencia;Bilbao;Zaragoza;Málaga',
  ),
  estado: list(
    'Arizona;Texas;Florida;Nevada;Georgia;Pensilvania;Míchigan;Michigan;Wisconsin;Carolina del Norte;Nuevo México;Colorado;Ohio',
    'California;Nueva Jersey;Virginia;Minnesota;Jalisco;Nuevo León;Veracruz;Michoacán;Sonora;Chihuahua;Yucatán;Guerrero;Tabasco',
    'Antioquia;Zulia;Mendoza;Salta;Cataluña;Galicia;Castilla y León;el condado de Maricopa;el condado de Harris;el condado de Bexar',
    'Miami-Dade;el condado de Cook;el condado de Pima;el condado de Dallas;Coahuila;Sinaloa;Puerto Rico',
  ),
  pais: list(
    'México;Colombia;Venezuela;Perú;Chile;Argentina;Ecuador;Bolivia;Uruguay;Paraguay;Guatemala;Honduras;El Salvador;Nicaragua',
    'Costa Rica;Panamá;la República Dominicana;España;Estados Unidos;EE.UU.;Puerto Rico;Brasil;Francia;Alemania',
  ),
  cargo: list(
    'la alcaldía;la gobernación;la gubernatura;el Senado;la presidencia;la Cámara;la diputación;el concejo;la junta escolar',
    'la fiscalía;el ayuntamiento;la jefatura de gobierno;la presidencia municipal;el Congreso;el distrito 4;el distrito 23;la medida 7',
  ),
  politico: list(
    'Trump;Biden;Kamala Harris;Harris;Vance;Walz;DeSantis;Rubio;Cruz;Bernie;AOC;Sheinbaum;Claudia;Xóchitl;AMLO;Peña Nieto;Petro;Uribe',
    'Milei;Massa;Cristina;Macri;Boric;Kast;Bukele;Noboa;Luisa González;Lasso;Evo;Arce;Maduro;María Corina;Edmundo;Sánchez;Feijóo',
    'Abascal;Ayuso;Yolanda Díaz;Orsi;Castillo;Keiko;Abinader;Pierluisi;Jenniffer González;Xiomara;Arévalo;Lula;Bolsonaro;Hillary;Obama',
    'el candidato;la candidata;el alcalde;la alcaldesa;la senadora;el senador;la gobernadora;el gobernador;el presidente;la presidenta',
  ),
  partido: list(
    'los republicanos;los demócratas;Morena;el PAN;el PRI;Movimiento Ciudadano;el PSOE;el PP;Vox;Sumar;el Pacto Histórico',
    'el Centro Democrático;el chavismo;la oposición;el peronismo;La Libertad Avanza;el Frente Amplio;el PNP;el PPD;el MAS',
    'el oficialismo;la izquierda;la derecha;mi partido;el partido verde;los independientes;la coalición',
  ),
  familia: list(
    'mi mamá;mi papá;mi abuela;mi abuelo;mi hermana;mi hermano;mi primo;mi tía;mi esposo;mi esposa;mi novia;mi suegro;mi hijo;mi hija',
    'mi vecina;mi comadre;mi jefe;mi roomie;mi mejor amiga;mis papás;mis hijos;mi jefita;mi viejo;mi compadre;mi nieta;el abue',
  ),
  pct: list('3;7;9;12;18;23;29;34;38;41;47;48,5;51;53.2;56;59;62;68;74;79;83;88;91;95;97,4;99'),
  n: list(
    '12;30;47;120;215;340;612;980;1,240;2.300;3,900;7 mil;12 mil;18,050;26 mil;41,200;73 mil;98.000;120 mil;medio millón',
  ),
  hora: list('6;7;8;9;10;11;las 5;las 7;las 8 de la noche;las 6 pm;mediodía;las 22:00;las 9'),
  dia: list(
    'hoy;mañana;el domingo;el martes;ayer;esta noche;esta mañana;esta tarde;el 5 de noviembre;el 2 de junio;por fin;ahorita;anoche',
  ),
  sentir: list(
    'qué alegría;qué nervios;bien contenta;orgulloso;orgullosa;con ilusión;cansada pero feliz;qué bonito;emocionado;tranquila',
    'con esperanza;qué chido;qué chévere;bacano;qué padre;de pelos;con sueño;muerta de hambre;a mil;felicidad total;una belleza',
  ),
  comida: list(
    'tamales;café;pan dulce;arepas;empanadas;tacos;pizza;churros;donas;chocolate;mate;baleadas;pupusas;birria;atole;choripán',
  ),
  medio: list(
    'el Nuevo Herald;Univision;Telemundo;CNN en Español;El País;El Universal;Milenio;El Tiempo;Clarín;La Nación;Reforma;Infobae;EFE;AP',
    'la radio;el noticiero;Caracol;RCN;Televisa;la prensa;N+;la BBC;El Nuevo Día;La Opinión',
  ),
  oficina: list(
    'el INE;la Registraduría;el CNE;el Tribunal Electoral;la Junta Central Electoral;el Servel;la JNE;el TSE;la oficina electoral',
    'el condado;la secretaria de Estado;el IEE;la Comisión Estatal de Elecciones;la autoridad electoral;el supervisor de elecciones',
    'el consejo electoral;la junta electoral;la ONPE',
  ),
  pantalla: list(
    'la tele;el mapa;el celular;la página del condado;el PREP;la radio;el conteo;la app;Twitter;el portal de resultados;la transmisión',
  ),
  risa: list('jajaja;jaja;lol;xd;jajajaja;😂;🤣;ay;no manches;wey;;;;'),
  animo: list(
    '¡Vamos!;¡Ánimo!;¡Felicidades!;¡Qué noche!;¡Sí se puede!;¡Viva la democracia!;¡A votar!;Bendiciones.;Ni modo.;Órale.;Saludos a todos.',
  ),
  quien: list(
    'mi cuñado;una vecina;un funcionario de casilla;mi prima;el de la mesa 3;un amigo;un testigo;una señora en la fila;mi tío;mi hermano',
    'un trabajador electoral;un compañero del trabajo;el representante del partido',
  ),
  aparato: list(
    'la máquina;las máquinas;la tabuladora;el tabulador;el escáner;los escáneres;el lector de boletas;la impresora de boletas',
    'la urna electrónica;la pantalla táctil;las tabletas del padrón;el sistema de registro;la máquina de votación;el equipo',
    'la lectora óptica;el aparato;los equipos;la maquinita;el scanner;la computadora del conteo;el servidor',
  ),
  papel: list(
    'boletas;papeletas;votos;sufragios;votos por correo;boletas provisionales;sobres con votos;actas;paquetes electorales;votos del exterior',
  ),
  culpable: list(
    'el gobierno;los demócratas;los republicanos;Dominion;Smartmatic;el INE;el CNE;Maduro;el oficialismo;la mafia de siempre;el sistema',
    'los globalistas;la izquierda;la derecha;el partido en el poder;la élite;los mismos corruptos;el condado;el régimen',
  ),
}
