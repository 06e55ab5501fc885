//! Polish, Russian, Ukrainian, Greek.

use super::{Culture, Order};

pub(super) static POLISH: Culture = Culture {
    language: "pl-PL",
    language_name: "Polish",
    country: "PL",
    weight: 5,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Brzęczkowski|Brzeczkowski, Dąbek|Dabek, Gołębiowski|Golebiowski, \
              Jabłoński|Jablonski, Kędzierski|Kedzierski, Łącki|Lacki, Śliwa|Sliwa, \
              Żurawski|Zurawski",
    families_female: "Brzęczkowska|Brzeczkowska, Dąbek|Dabek, Gołębiowska|Golebiowska, \
              Jabłońska|Jablonska, Kędzierska|Kedzierska, Łącka|Lacka, Śliwa|Sliwa, \
              Żurawska|Zurawska",
    male: "Bogusław|Boguslaw, Grzegorz, Józef|Jozef, Łukasz|Lukasz, \
              Mieczysław|Mieczyslaw, Przemysław|Przemyslaw, Stanisław|Stanislaw, Wojciech",
    female: "Bożena|Bozena, Elżbieta|Elzbieta, Grażyna|Grazyna, Halina, \
              Małgorzata|Malgorzata, Róża|Roza, Wiesława|Wieslawa, Zofia",
    middle_male: "",
    middle_female: "",
    streets: &[
        "ul. Żeromskiego {n}/4",
        "ul. Świętokrzyska {n}",
        "os. Słoneczne {n}",
    ],
    cities: &[("Łódź", "", "90-###"), ("Gdańsk", "", "80-###")],
    mobile: "+48 5## ### ###",
    landline: "+48 42 ### ## ##",
    national: "###########",
};

pub(super) static RUSSIAN: Culture = Culture {
    language: "ru-RU",
    language_name: "Russian",
    country: "RU",
    weight: 7,
    order: Order::FamilyFirst,
    two_surnames: false,
    families: "Соколов|Sokolov, Ахматов|Akhmatov, Белозёров|Belozyorov, Воронин|Voronin, \
              Журавлёв|Zhuravlyov, Ильин|Ilyin, Кузьмин|Kuzmin, Лебедев|Lebedev, \
              Щукин|Shchukin, Ермолов|Ermolov",
    families_female: "Соколова|Sokolova, Ахматова|Akhmatova, Белозёрова|Belozyorova, \
              Воронина|Voronina, Журавлёва|Zhuravlyova, Ильина|Ilyina, Кузьмина|Kuzmina, \
              Лебедева|Lebedeva, Щукина|Shchukina, Ермолова|Ermolova",
    male: "Артём|Artyom, Борис|Boris, Геннадий|Gennady, Игорь|Igor, Илья|Ilya, Лев|Lev, \
              Пётр|Pyotr, Фёдор|Fyodor",
    female: "Вера|Vera, Валерия|Valeria, Галина|Galina, Лидия|Lidia, Любовь|Lyubov, \
              Надежда|Nadezhda, Раиса|Raisa, Юлия|Yulia",
    middle_male: "Николаевич|Nikolaevich, Андреевич|Andreevich, Сергеевич|Sergeevich, \
              Ильич|Ilyich",
    middle_female: "Николаевна|Nikolaevna, Андреевна|Andreevna, Сергеевна|Sergeevna, \
              Ильинична|Ilyinichna",
    streets: &[
        "ул. Чехова, д. {n}, кв. 17",
        "Набережная ул., д. {n}",
        "пер. Озёрный, д. {n}",
    ],
    cities: &[
        ("Тверь", "Тверская область", "170###"),
        ("Мурманск", "Мурманская область", "183###"),
    ],
    mobile: "+7 9## ###-##-##",
    landline: "+7 4822 ##-##-##",
    national: "###-###-### ##",
};

pub(super) static UKRAINIAN: Culture = Culture {
    language: "uk-UA",
    language_name: "Ukrainian",
    country: "UA",
    weight: 4,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Коваль|Koval, Гнатюк|Hnatiuk, Дзюба|Dziuba, Їжакевич|Yizhakevych, \
              Кравець|Kravets, Лисенко|Lysenko, Мороз|Moroz, Шевчук|Shevchuk",
    families_female: "",
    male: "Андрій|Andrii, Богдан|Bohdan, Василь|Vasyl, Євген|Yevhen, Ілля|Illia, \
              Остап|Ostap, Тарас|Taras, Юрій|Yurii",
    female: "Ганна|Hanna, Дарина|Daryna, Зоряна|Zoriana, Леся|Lesia, Надія|Nadiia, \
              Оксана|Oksana, Олена|Olena, Соломія|Solomiia",
    middle_male: "",
    middle_female: "",
    streets: &["вул. Лесі Українки, {n}", "вул. Різдвяна, {n}, кв. 8"],
    cities: &[
        ("Львів", "Львівська область", "79###"),
        ("Полтава", "Полтавська область", "36###"),
    ],
    mobile: "+380 67 ### ## ##",
    landline: "+380 32 ### ## ##",
    national: "##########",
};

pub(super) static GREEK: Culture = Culture {
    language: "el-GR",
    language_name: "Greek",
    country: "GR",
    weight: 4,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Αγγελόπουλος|Angelopoulos, Βλάχος|Vlachos, Δημητρίου|Dimitriou, \
              Ζαφειρόπουλος|Zafeiropoulos, Καραγιάννης|Karagiannis, Μαυρίδης|Mavridis, \
              Ξενάκης|Xenakis, Σταματίου|Stamatiou",
    families_female: "Αγγελοπούλου|Angelopoulou, Βλάχου|Vlachou, Δημητρίου|Dimitriou, \
              Ζαφειροπούλου|Zafeiropoulou, Καραγιάννη|Karagianni, Μαυρίδη|Mavridi, \
              Ξενάκη|Xenaki, Σταματίου|Stamatiou",
    male: "Ανδρέας|Andreas, Άρης|Aris, Γεώργιος|Georgios, Δημήτριος|Dimitrios, \
              Ηλίας|Ilias, Θεόδωρος|Theodoros, Νικόλαος|Nikolaos, Σπυρίδων|Spyridon",
    female: "Αικατερίνη|Aikaterini, Δέσποινα|Despoina, Ελένη|Eleni, Ευαγγελία|Evangelia, \
              Ιωάννα|Ioanna, Κυριακή|Kyriaki, Όλγα|Olga, Χρυσούλα|Chrysoula",
    middle_male: "",
    middle_female: "",
    streets: &["Οδός Ερμού {n}", "Λεωφόρος Νίκης {n}"],
    cities: &[("Ιωάννινα", "", "45# ##"), ("Θεσσαλονίκη", "", "54# ##")],
    mobile: "+30 69# ### ####",
    landline: "+30 2651 0#####",
    national: "###########",
};
