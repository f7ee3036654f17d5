"""The words that names are made of, by language: regular expressions without groups, for any case."""

from __future__ import annotations

SEASON = "|".join(
    (
        *("seasons?", "series"),  # English
        "saisons?",  # French
        "staffeln?",  # German
        "temporadas?",  # Spanish, Portuguese
        "stagion[ei]",  # Italian
        "seizoen(?:en)?",  # Dutch
        "sezony?",  # Polish, Turkish
        *("сезоны?", "сезон[іи]?"),  # Russian, Ukrainian
        *("säsong", "sæson", "sesong", "kausi"),  # Swedish, Danish, Norwegian, Finnish
        *("řada", "sé?rie", "sezóna", "évad"),  # Czech, Slovak, Hungarian
        *("シーズン", "시즌"),  # Japanese, Korean
    )
)
EPISODE = "|".join(
    (
        *("ep", "episodes?", "[ée]pisodes?"),  # English, French, Danish, Norwegian
        "folgen?",  # German
        *("cap[ií]tulo", "epis[oó]dio"),  # Spanish, Portuguese
        *("episodio", "puntata"),  # Italian
        *("aflevering", r"afl\.?"),  # Dutch
        *("odcinek", r"odc\.?"),  # Polish
        *("серия", "серія", "выпуск", "эпизод"),  # Russian, Ukrainian
        *("avsnitt", "afsnit", "jakso"),  # Swedish, Danish, Finnish
        *("díl", "epizóda"),  # Czech, Slovak
    )
)

# The number comes first: what stands between, and the word.
NUMBERED_SEASON = "|".join(
    (
        r"(?:st|nd|rd|th)[ .-]?seasons?",
        r"(?:[èe]re|re|nde|[èe]me|e)[ .]saison",
        r"\.[ ]?(?:staffel|sezon|řada|série|sezóna|évad|kausi)",
        r"[ªaº°.]?[ .]temporada",
        r"[ªa°][ .]stagione",
        r"(?:-?[йя]|-?[оы]й)?[ .]?сезон",
        r"(?::a|:e)[ .]säsongen",
    )
)
NUMBERED_EPISODE = "|".join(
    (r"(?:-?[яй])?[ .]?(?:серия|серія|выпуск)", r"\.[ ]?(?:bölüm|rész|díl)", "[화회]")
)
OF_ALL = "of|из|von"

_NUMBER_WORDS = {
    1: "first one première premiere erste primera primeira prima 一",
    2: "second two deuxième deuxieme zweite segunda seconda 二",
    3: "third three troisième troisieme dritte tercera terceira terza 三",
    4: "fourth four quatrième quatrieme vierte cuarta quarta 四",
    5: "fifth five cinquième cinquieme fünfte quinta 五",
    6: "sixth six sixième sixieme sechste sexta sesta 六",
    7: "seventh seven 七",
    8: "eighth eight 八",
    9: "ninth nine 九",
    10: "tenth ten 十",
}
NUMBER_WORDS = {word: number for number, words in _NUMBER_WORDS.items() for word in words.split()}

SPECIALS_FOLDER = "specials?|especiales|especiais|sp[ée]ciaux|speciali|sonderfolgen|спешлы|sp|特別編"
OVA = "o[vn]as?|oads?"
CREDITLESS = r"nc(?:op|ed)\d*[a-z]?|creditless"
OPENING = rf"{CREDITLESS}|(?:op|ed|pv|cm)[ .]?\d*|menu"
VOLUME = "year|book|livre|vol|volume|parte?|teil"

TECHNICAL = (
    r"\d{3,4}[pi]|[48]k|\d{3,4}x\d{3,4}|web|web[ .-]?(?:rip|dl)|blu-?ray|b[dr]rip|bd|uhd|hdtv|pdtv|dvd|dvdrip"
    r"|hdrip|remux|[xh][ .]?26[45]|hevc|avc|av1|xvid|divx|10[ -]?bit|aac|ac3|dts|proper|repack|internal"
)
REVISION = "proper|repack|rerip"

LANGUAGES = {
    "english": "english|eng",
    "french": "(?:true)?french|vff|vfq|vostfr",
    "german": "german|deutsch",
    "spanish": "spanish|castellano|espa[ñn]ol|latino",
    "italian": "italian|ita",
    "portuguese": "portuguese|dublado|pt-?br",
    "dutch": "dutch|nl",
    "polish": "polish|lektor|pl",
    "russian": "russian|rus",
    "czech": "czech|cz",
    "hungarian": "hungarian|hun",
    "danish": "danish",
    "swedish": "swedish",
    "norwegian": "norwegian",
    "finnish": "finnish",
    "japanese": "japanese|jpn",
    "korean": "korean|kor",
    "chinese": "chinese|mandarin|chs|cht",
    "hindi": "hindi",
    "several": "multi|dual(?:[ .-]?audio)?",
}

EXTRA_FOLDERS = frozenset(
    {
        *("extras", "extra", "bonus", "bonuses", "featurette", "featurettes", "interview", "interviews"),
        *("behind the scenes", "deleted scenes", "deleted", "scenes", "shorts", "other", "clips"),
        *("trailer", "trailers", "sample", "samples", "proof", "screens"),
        *("nc", "creditless", "menu", "menus"),
        *("making of", "bonus disc", "bonus features", "special features", "bonusmaterial", "pv", "cm"),
    }
)
