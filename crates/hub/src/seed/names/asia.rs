//! Hindi, Chinese, Vietnamese, Korean, Bengali.

use super::{Culture, Order};

pub(super) static HINDI: Culture = Culture {
    language: "hi-IN",
    language_name: "Hindi",
    country: "IN",
    weight: 7,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "देशपांडे|Deshpande, अग्निहोत्री|Agnihotri, चौधरी|Chaudhary, त्रिवेदी|Trivedi, \
              भार्गव|Bhargava, मिश्रा|Mishra, राठौड़|Rathore, श्रीवास्तव|Shrivastava",
    families_female: "",
    male: "सुरेश|Suresh, सुधीर|Sudhir, अर्जुन|Arjun, कृष्ण|Krishna, गोविंद|Govind, \
              प्रकाश|Prakash, मोहन|Mohan, विक्रम|Vikram",
    female: "अंजलि|Anjali, ऋतु|Ritu, कमला|Kamala, गायत्री|Gayatri, प्रिया|Priya, \
              मीनाक्षी|Meenakshi, लक्ष्मी|Lakshmi, सावित्री|Savitri",
    middle_male: "",
    middle_female: "",
    streets: &["{n}, गांधी मार्ग", "मकान नं. {n}, शिवाजी नगर"],
    cities: &[
        ("जयपुर", "राजस्थान", "302###"),
        ("भोपाल", "मध्य प्रदेश", "462###"),
    ],
    mobile: "+91 98### #####",
    landline: "+91 141 ### ####",
    national: "#### #### ####",
};

pub(super) static CHINESE: Culture = Culture {
    language: "zh-CN",
    language_name: "Chinese (China)",
    country: "CN",
    weight: 7,
    order: Order::Joined,
    two_surnames: false,
    families: "陈|Chen, 欧阳|Ouyang, 林|Lin, 郭|Guo, 徐|Xu, 许|Xu, 谢|Xie, 蒋|Jiang, 江|Jiang, 龚|Gong",
    families_female: "",
    male: "晓明|Xiaoming, 晓鸣|Xiaoming, 国栋|Guodong, 建华|Jianhua, 志强|Zhiqiang, 思远|Siyuan, \
              文博|Wenbo, 永年|Yongnian",
    female: "美玲|Meiling, 美琳|Meilin, 秀英|Xiuying, 雅琴|Yaqin, 雨桐|Yutong, 静怡|Jingyi, 丽华|Lihua, \
              若曦|Ruoxi",
    middle_male: "",
    middle_female: "",
    streets: &["和平路{n}号", "解放街{n}号2单元301室"],
    cities: &[
        ("苏州市", "江苏省", "215###"),
        ("大连市", "辽宁省", "116###"),
    ],
    mobile: "+86 139 #### ####",
    landline: "+86 512 #### ####",
    national: "##############000#",
};

pub(super) static VIETNAMESE: Culture = Culture {
    language: "vi-VN",
    language_name: "Vietnamese",
    country: "VN",
    weight: 7,
    order: Order::FamilyFirst,
    two_surnames: false,
    families: "Nguyễn|Nguyen, Đặng|Dang, Phạm|Pham, Huỳnh|Huynh, Lý|Ly, Ngô|Ngo, \
              Trương|Truong, Vũ|Vu",
    families_female: "",
    male: "Đức|Duc, Dũng|Dung, Hiếu|Hieu, Khánh|Khanh, Minh, Phước|Phuoc, Quân|Quan, \
              Tuấn|Tuan",
    female: "Ánh|Anh, Diễm|Diem, Hồng|Hong, Hường|Huong, Lệ|Le, Nhung, Thảo|Thao, Yến|Yen",
    middle_male: "Văn|Van, Quốc|Quoc, Hữu|Huu",
    middle_female: "Thị|Thi, Ngọc|Ngoc, Mỹ|My",
    streets: &["{n} đường Trần Hưng Đạo", "{n}/2 ngõ Giếng Mứt"],
    cities: &[
        ("Huế", "Thừa Thiên Huế", "49####"),
        ("Đà Nẵng", "", "55####"),
    ],
    mobile: "+84 90 ### ####",
    landline: "+84 234 #### ###",
    national: "############",
};

pub(super) static KOREAN: Culture = Culture {
    language: "ko-KR",
    language_name: "Korean",
    country: "KR",
    weight: 4,
    order: Order::Joined,
    two_surnames: false,
    families: "강|Kang, 남궁|Namgung, 문|Moon, 서|Seo, 오|Oh, 유|Yoo, 장|Jang, 한|Han",
    families_female: "",
    male: "도윤|Doyun, 민준|Minjun, 상호|Sangho, 영수|Youngsoo, 재현|Jaehyun, 정우|Jungwoo, \
              준호|Junho, 태식|Taesik",
    female: "미숙|Misook, 민서|Minseo, 보람|Boram, 서연|Seoyeon, 수진|Sujin, 영희|Younghee, 은주|Eunju, \
              지우|Jiwoo",
    middle_male: "",
    middle_female: "",
    streets: &["한밭대로 {n}", "솔숲길 {n}, 302호"],
    cities: &[("대전광역시", "", "34###"), ("전주시", "전라북도", "54###")],
    mobile: "+82 10-####-####",
    landline: "+82 42-###-####",
    national: "",
};

pub(super) static BENGALI: Culture = Culture {
    language: "bn",
    language_name: "Bengali",
    country: "BD",
    weight: 4,
    order: Order::GivenFirst,
    two_surnames: false,
    families: "চৌধুরী|Chowdhury, তালুকদার|Talukdar, মজুমদার|Majumdar, ভৌমিক|Bhowmik, \
              হাওলাদার|Howlader, সরকার|Sarkar, পাটোয়ারী|Patwary, খন্দকার|Khondaker",
    families_female: "",
    male: "আনিস|Anis, কামাল|Kamal, জাহিদ|Zahid, তানভীর|Tanvir, নাসির|Nasir, ফারুক|Faruk, \
              রফিক|Rafiq, শফিক|Shafiq",
    female: "আয়েশা|Ayesha, জাহানারা|Jahanara, তাসনিম|Tasnim, নাজমা|Nazma, ফরিদা|Farida, \
              রেহানা|Rehana, শিউলি|Shiuli, সুফিয়া|Sufia",
    middle_male: "",
    middle_female: "",
    streets: &["বাড়ি {n}, সড়ক ৭", "{n} নদীপাড় লেন"],
    cities: &[("সিলেট", "সিলেট বিভাগ", "31##"), ("খুলনা", "খুলনা বিভাগ", "91##")],
    mobile: "+880 17## ######",
    landline: "+880 821 ######",
    national: "##########",
};
