//! Arabic, Persian, Turkish, Amharic, Igbo.

use super::{Culture, Order};

pub(super) static ARABIC: Culture = Culture {
    language: "ar",
    language_name: "Arabic",
    country: "JO",
    weight: 8,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "الخطيب|Al-Khatib, الحداد|Al-Haddad, النجار|Al-Najjar, الزعبي|Al-Zoubi, \
              العمري|Al-Omari, عبد الرحمن|Abd al-Rahman, منصور|Mansour, قاسم|Qasim, \
              شاهين|Shaheen, درويش|Darwish",
    families_female: "",
    male: "سامي|Sami, سامر|Samer, أحمد|Ahmad, إبراهيم|Ibrahim, خالد|Khalid, طارق|Tariq, \
              عمر|Omar, يوسف|Yousef",
    female: "هالة|Hala, هدى|Huda, أمينة|Amina, رانيا|Rania, سلمى|Salma, لبنى|Lubna, \
              مريم|Maryam, نور|Nour",
    middle_male: "",
    middle_female: "",
    streets: &["شارع الملكة نور {n}", "شارع الزيتون {n}، الطابق ٢"],
    cities: &[("إربد", "", "211##"), ("السلط", "", "191##")],
    mobile: "+962 7 9### ####",
    landline: "+962 2 7## ####",
    national: "##########",
};

pub(super) static PERSIAN: Culture = Culture {
    language: "fa",
    language_name: "Persian",
    country: "IR",
    weight: 5,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "رضایی|Rezaei, کریمی|Karimi, پورمحمدی|Pourmohammadi, گلستانی|Golestani, \
              چراغی|Cheraghi, ژاله‌پور|Zhalehpour, یزدانی|Yazdani, نیک‌نام|Niknam",
    families_female: "",
    male: "آرش|Arash, بهرام|Bahram, پرویز|Parviz, داریوش|Dariush, کاوه|Kaveh, \
              مهدی|Mehdi, هومن|Houman, یاشار|Yashar",
    female: "شیرین|Shirin, شیوا|Shiva, آناهیتا|Anahita, پریسا|Parisa, ژیلا|Zhila, \
              گیتی|Giti, لاله|Laleh, مهسا|Mahsa",
    middle_male: "",
    middle_female: "",
    streets: &["خیابان حافظ، پلاک {n}", "کوچه یاس، پلاک {n}"],
    cities: &[
        ("شیراز", "فارس", "71###-#####"),
        ("رشت", "گیلان", "41###-#####"),
    ],
    mobile: "+98 912 ### ####",
    landline: "+98 71 #### ####",
    national: "##########",
};

pub(super) static TURKISH: Culture = Culture {
    language: "tr-TR",
    language_name: "Turkish",
    country: "TR",
    weight: 4,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Işıklı|Isikli, İnce|Ince, Çağlar|Caglar, Öztürkmen|Ozturkmen, \
              Şahinoğlu|Sahinoglu, Ünlüer|Unluer, Yıldırımtaş|Yildirimtas, Gündoğdu|Gundogdu",
    families_female: "",
    male: "İbrahim|Ibrahim, Ilgaz, Çetin|Cetin, Doğukan|Dogukan, Gökhan|Gokhan, \
              Oğuz|Oguz, Şükrü|Sukru, Ümit|Umit",
    female: "Ayşegül|Aysegul, Aysel, Çiğdem|Cigdem, Gülşen|Gulsen, İpek|Ipek, Özlem|Ozlem, \
              Şule|Sule, Yıldız|Yildiz",
    middle_male: "",
    middle_female: "",
    streets: &["Gül Sokağı No: {n}", "İstiklal Caddesi No: {n} D: 5"],
    cities: &[("Eskişehir", "", "26###"), ("Iğdır", "", "76###")],
    mobile: "+90 53# ### ## ##",
    landline: "+90 222 ### ## ##",
    national: "###########",
};

pub(super) static AMHARIC: Culture = Culture {
    language: "am",
    language_name: "Amharic",
    country: "ET",
    weight: 6,
    order: Order::GivenFirst,
    two_surnames: false,
    // The second name is the father's given name.
    families: "ተስፋዬ|Tesfaye, ወልደማርያም|Woldemariam, ገብረሥላሴ|Gebreselassie, ኃይሉ|Hailu, \
              በቀለ|Bekele, ታደሰ|Tadesse, መኮንን|Mekonnen, ዘውዴ|Zewde",
    families_female: "",
    male: "አበበ|Abebe, አበራ|Abera, ዳዊት|Dawit, ኤርሚያስ|Ermias, ግርማ|Girma, ሰለሞን|Solomon, \
              ቴዎድሮስ|Tewodros, ዮናስ|Yonas",
    female: "ሃና|Hanna, አልማዝ|Almaz, አስቴር|Aster, ብርቱካን|Birtukan, ፀሐይ|Tsehay, ገነት|Genet, \
              ሊያ|Liya, መሠረት|Meseret",
    middle_male: "",
    middle_female: "",
    streets: &["ቀበሌ 05፣ የቤት ቁጥር {n}", "ፒያሳ፣ የቤት ቁጥር {n}"],
    cities: &[("ባሕር ዳር", "አማራ", "60##"), ("አዲስ አበባ", "", "10##")],
    mobile: "+251 91 ### ####",
    landline: "+251 58 ### ####",
    national: "",
};

pub(super) static IGBO: Culture = Culture {
    language: "ig",
    language_name: "Igbo",
    country: "NG",
    weight: 4,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "Ọkafọ|Okafo, Nwaọkọcha|Nwaokocha, Eze, Ụzọdịnma|Uzodinma, Mbadiwe, \
              Anyịam|Anyiam, Ọnwụdiwe|Onwudiwe, Ihejirika",
    families_female: "",
    male: "Chidi, Chịbụzọ|Chibuzo, Emeka, Ikechukwu, Kelechi, Nnamdi, Obinna, \
              Ụchenna|Uchenna",
    female: "Adaeze, Adanna, Chiamaka, Ifeọma|Ifeoma, Ngọzi|Ngozi, Nkechi, Obiageli, \
              Ụlọma|Uloma",
    middle_male: "",
    middle_female: "",
    streets: &["{n} Ogui Road", "{n} Zik Avenue"],
    cities: &[
        ("Enugu", "Enugu State", "400###"),
        ("Nsukka", "Enugu State", "410###"),
    ],
    mobile: "+234 803 ### ####",
    landline: "+234 42 ######",
    national: "###########",
};
