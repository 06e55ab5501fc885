//! Spanish, English, French, Norwegian, German.

use super::{Culture, Order};

pub(super) static SPANISH: Culture = Culture {
    language: "es-MX",
    language_name: "Spanish (Mexico)",
    country: "MX",
    weight: 18,
    order: Order::GivenFirst,
    two_surnames: true,
    families: "Quiñones|Quinones, Ibarra, Muñiz|Muniz, Zúñiga|Zuniga, Peláez|Pelaez, \
              Arreola, Bárcenas|Barcenas, Castañeda|Castaneda, Domínguez|Dominguez, \
              Escobedo, Güémez|Guemez, Jáuregui|Jauregui, Lizárraga|Lizarraga, \
              Montaño|Montano, Ordóñez|Ordonez, Peña|Pena, Rentería|Renteria, Sandoval, \
              Urquídez|Urquidez, Villaseñor|Villasenor",
    families_female: "",
    male: "Adrián|Adrian, Benjamín|Benjamin, Efraín|Efrain, Efrén|Efren, Gilberto, \
              Héctor|Hector, Joaquín|Joaquin, Leobardo, Leonardo, Martín|Martin, \
              Ramón|Ramon, Raimundo, Tomás|Tomas, Valentín|Valentin, Íñigo|Inigo",
    female: "Marisela, Maricela, Belén|Belen, Consuelo, Dolores, Fátima|Fatima, Inés|Ines, \
              Itzel, Lucía|Lucia, Luciana, Noemí|Noemi, Rocío|Rocio, Socorro, \
              Verónica|Veronica, Ximena",
    middle_male: "",
    middle_female: "",
    streets: &[
        "Calle Niños Héroes {n}",
        "Av. Insurgentes {n}",
        "Callejón del Beso {n}",
        "Privada Jazmín {n}",
        "Calle Peñón {n}, int. 3",
    ],
    cities: &[
        ("León", "Guanajuato", "37###"),
        ("Mérida", "Yucatán", "97###"),
        ("Querétaro", "Querétaro", "76###"),
        ("Torreón", "Coahuila", "27###"),
    ],
    mobile: "+52 55 #### ####",
    landline: "+52 477 ### ####",
    national: "????######",
};

pub(super) static ENGLISH: Culture = Culture {
    language: "en-GB",
    language_name: "English (Great Britain)",
    country: "GB",
    weight: 16,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Whitcombe, Ashdown, Brackley, Carmichael, Dunmore, Ellery, Fairclough, \
              Garside, Hathersage, Inglethorpe, Kettering, Lockyer, Merriweather, Nuttall, \
              O'Rourke, Pemberton, St. Clair, Thistlewood, Van der Berg, Yardley-Moss",
    families_female: "",
    male: "Alistair, Barnaby, Callum, Desmond, Edmund, Edwin, Gareth, Harold, Hugh, \
              Jonathan, Jonathon, Malcolm, Nigel, Rupert, Stephen",
    female: "Agnes, Bronwen, Cordelia, Dorothea, Eleanor, Elinor, Fiona, Georgina, \
              Harriet, Isobel, Jemima, Marjorie, Philippa, Rosalind, Winifred",
    middle_male: "",
    middle_female: "",
    streets: &[
        "{n} Harbour Row",
        "{n} Chapel Lane",
        "Flat 2, {n} Millbank",
        "{n} St Mary's Close",
        "{n} Quarry Hill",
    ],
    cities: &[
        ("Bristol", "", "BS# #??"),
        ("Whitby", "North Yorkshire", "YO## #??"),
        ("Aberystwyth", "Ceredigion", "SY## #??"),
    ],
    mobile: "+44 7700 900###",
    landline: "+44 20 7946 0###",
    national: "### ### ####",
};

pub(super) static FRENCH: Culture = Culture {
    language: "fr-FR",
    language_name: "French (France)",
    country: "FR",
    weight: 9,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Lefèvre|Lefevre, Gaëtan|Gaetan, Béranger|Beranger, Chênevert|Chenevert, \
              D'Aubigné|D'Aubigne, Fauçon|Faucon, Hénault|Henault, Lavoisière|Lavoisiere, \
              Marchand, Noël|Noel, Pélissier|Pelissier, Théodore|Theodore, Vaugrenard, \
              Œuvrard|Oeuvrard",
    families_female: "",
    male: "Noé|Noe, Aurélien|Aurelien, Benoît|Benoit, Cédric|Cedric, Étienne|Etienne, \
              Émile|Emile, François|Francois, Jérôme|Jerome, Jean-Loïc|Jean-Loic, Théo|Theo",
    female: "Adèle|Adele, Agnès|Agnes, Chloé|Chloe, Célestine|Celestine, Hélène|Helene, \
              Maëlle|Maelle, Marie-Ève|Marie-Eve, Océane|Oceane, Solène|Solene, Zoé|Zoe",
    middle_male: "",
    middle_female: "",
    streets: &[
        "{n} rue de l'Église",
        "{n} bis, avenue Zola",
        "{n} allée des Tilleuls",
        "{n} quai des Chênes",
    ],
    cities: &[
        ("Besançon", "", "25###"),
        ("Nîmes", "", "30###"),
        ("Saint-Étienne", "", "42###"),
    ],
    mobile: "+33 6 39 98 ## ##",
    landline: "+33 1 99 00 ## ##",
    national: "",
};

pub(super) static NORWEGIAN: Culture = Culture {
    language: "nb-NO",
    language_name: "Norwegian Bokmål",
    country: "NO",
    weight: 9,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Bjørnstad|Bjornstad, Ødegård|Odegard, Skjærvø|Skjaervo, Åsheim|Asheim, \
              Grønlund|Gronlund, Kvæven|Kvaeven, Lindstrøm|Lindstrom, Myhre, Nygård|Nygard, \
              Sæther|Saether, Tørresen|Torresen, Vågen|Vagen",
    families_female: "",
    male: "Håkon|Hakon, Håvard|Havard, Bjørn|Bjorn, Eirik, Gaute, Jørgen|Jorgen, \
              Kåre|Kare, Pål|Pal, Sølve|Solve, Øystein|Oystein",
    female: "Åse|Ase, Åshild|Ashild, Bodil, Dagny, Gunnhild, Ingrid, Kjærsti|Kjaersti, \
              Sigrid, Solveig, Tuva",
    middle_male: "",
    middle_female: "",
    streets: &[
        "Fjellveien {n}",
        "Storgata {n} B",
        "Åsgårdveien {n}",
        "Nordre Bølgen {n}",
    ],
    cities: &[
        ("Tromsø", "", "90##"),
        ("Bodø", "", "80##"),
        ("Ålesund", "", "60##"),
    ],
    mobile: "+47 4## ## ###",
    landline: "+47 77 ## ## ##",
    national: "###########",
};

pub(super) static GERMAN: Culture = Culture {
    language: "de-DE",
    language_name: "German (Germany)",
    country: "DE",
    weight: 6,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Großmann|Grossmann, Grossmann, Jäger|Jaeger, Köhler|Koehler, Müßig|Muessig, \
              Pfäffle|Pfaeffle, Schönhof|Schoenhof, von Öttingen|von Oettingen, Weiß|Weiss, \
              Zöllner|Zoellner",
    families_female: "",
    male: "Björn|Bjoern, Detlef, Götz|Goetz, Günther|Guenther, Jürgen|Juergen, \
              Jörg|Joerg, Lothar, Rüdiger|Ruediger",
    female: "Bärbel|Baerbel, Elfriede, Gisela, Käthe|Kaethe, Liselotte, Mareike, Ulrike, \
              Ute",
    middle_male: "",
    middle_female: "",
    streets: &["Lindenstraße {n}", "Am Mühlgraben {n}", "Hölderlinweg {n}a"],
    cities: &[("Tübingen", "", "720##"), ("Görlitz", "", "028##")],
    mobile: "+49 171 39200##",
    landline: "+49 30 23125 ###",
    national: "?#########",
};
