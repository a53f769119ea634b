/**
 * Cities abroad whose province has a code that is also a state's (Karachi in Sindh, SD; Amsterdam in Noord-Holland,
 * NH), with the largest of the world: a hint that names one of them is not of the United States.
 */
export const CITIES_ABROAD: ReadonlySet<string> = new Set(
  (
    'karachi, hyderabad, sukkur, larkana, lahore, islamabad, rawalpindi, faisalabad, multan, peshawar, quetta, ' +
    'mumbai, delhi, new delhi, bengaluru, bangalore, chennai, coimbatore, madurai, salem tamil nadu, tiruchirappalli, ' +
    'tirunelveli, vellore, kolkata, pune, nagpur, ahmedabad, surat, jaipur, lucknow, kanpur, indore, bhopal, gwalior, ' +
    'jabalpur, ujjain, guwahati, dispur, dehradun, haridwar, bhubaneswar, cuttack, bhubaneswar municipal corporation, ' +
    'panaji, margao, raipur, bilaspur, itanagar, imphal, shillong, aizawl, patna, ranchi, kochi, thiruvananthapuram, ' +
    'visakhapatnam, vijayawada, chandigarh, amritsar, ludhiana, srinagar, dhaka, chittagong, colombo, kathmandu, ' +
    'lagos, ikeja, abuja, port-harcourt, port harcourt, kano, ibadan, benin city, asaba, warri, calabar, enugu, accra, ' +
    'nairobi, mombasa, kampala, kigali, dar es salaam, johannesburg, cape town, durban, pretoria, harare, lusaka, ' +
    'cairo, alexandria egypt, casablanca, rabat, tunis, algiers, tripoli, khartoum, addis ababa, mogadishu, dakar, ' +
    'amsterdam, haarlem, alkmaar, zaandam, hilversum, utrecht, amersfoort, almere, lelystad, rotterdam, the hague, ' +
    'eindhoven, groningen, maastricht, nijmegen, barcelona, girona, tarragona, lleida, madrid, malaga, sevilla, ' +
    'seville, valencia spain, zaragoza, bilbao, oviedo, gijon, murcia, pontevedra, vigo, a coruna, santiago, ' +
    'palma, las palmas, cordoba, granada, lisbon, porto, milan, milano, palermo, varese, cagliari, sassari, como, ' +
    'modena, mantova, massa, salerno, pavia, perugia, pescara, pisa, prato, rimini, cosenza, catania, caltanissetta, ' +
    'ragusa, ravenna, verona, vicenza, venezia, torino, turin, rome, roma, napoli, bologna, bergamo, lecce, lecco, ' +
    'lecce, latina, macerata, matera, messina, london, manchester uk, birmingham uk, glasgow, edinburgh, dublin, ' +
    'belfast, cardiff, paris, lyon, marseille, toulouse, nice, bordeaux, strasbourg, brussels, antwerp, ghent, liege, ' +
    'berlin, hamburg, munich, munchen, cologne, koln, frankfurt, frankfurt am main, stuttgart, dusseldorf, leipzig, ' +
    'dresden, vienna, graz, salzburg, linz, zurich, geneva, basel, bern, lausanne, neuchatel, stockholm, oslo, ' +
    'copenhagen, helsinki, warszawa, krakow, gdansk, wroclaw, poznan, prague, budapest, bucharest, sofia, belgrade, ' +
    'zagreb, ljubljana, athens greece, istanbul, ankara, izmir, kyiv, kiev, moscow, minsk, tbilisi, yerevan, baku, ' +
    'tel aviv, jerusalem, haifa, beirut, damascus, amman, baghdad, tehran, riyadh, jeddah, mecca, dubai, abu dhabi, ' +
    'sharjah, doha, kuwait city, manama, muscat, kabul, tashkent, almaty, beijing, shanghai, guangzhou, shenzhen, ' +
    'chengdu, wuhan, hong kong, taipei, tokyo, osaka, kyoto, nagoya, seoul, busan, bangkok, chiang mai, hanoi, ' +
    'ho chi minh city, singapore, kuala lumpur, malacca, jakarta, bandung, medan, surabaya, manila, quezon city, cebu, ' +
    'davao, perth, fremantle, mandurah, bunbury, sydney, melbourne, brisbane, adelaide, canberra, hobart, darwin, ' +
    'auckland, wellington, toronto, ottawa, montreal, calgary, edmonton, winnipeg, halifax, regina, saskatoon, ' +
    'mexico city, guadalajara, monterrey, tijuana, puebla, cancun, havana, kingston jamaica, port-au-prince, ' +
    'santo domingo, san salvador, guatemala city, tegucigalpa, managua, panama city panama, bogota, medellin, cali, ' +
    'caracas, maracaibo, quito, guayaquil, la paz, santa cruz de la sierra, asuncion, montevideo, buenos aires, ' +
    'rosario, mendoza, sao paulo, rio de janeiro, brasilia, salvador, fortaleza, belo horizonte, uberlandia, recife, ' +
    'porto alegre, curitiba, londrina, maringa, manaus, belem, florianopolis, joinville, blumenau, sao luis, cuiaba, ' +
    'campo grande, maceio, natal, goiania'
  ).split(', '),
)
