"""Release names as they are found in the wild, with what they mean."""

from __future__ import annotations

from dataclasses import dataclass

# name | title | year | seasons | episodes
_EPISODES = """
24.S01E01.720p.BluRay.x264-GRP | 24 | - | 1 | 1
24.S09E12.1080p.WEB-DL.DD5.1.H.264 | 24 | - | 9 | 12
1923.S01E01.1080p.WEB.h264-TRUFFLE | 1923 | - | 1 | 1
1883.S01E10.2160p.PMTP.WEB-DL.DDP5.1.HDR.H.265 | 1883 | - | 1 | 10
The.100.S02E03.720p.HDTV.x264 | The 100 | - | 2 | 3
The 100 - S07E16 - The Last War | The 100 | - | 7 | 16
9-1-1.S03E04.1080p.WEB.H264 | 9-1-1 | - | 3 | 4
9-1-1.Lone.Star.S01E02.720p.HDTV | 9-1-1 Lone Star | - | 1 | 2
11.22.63.S01E01.1080p.BluRay | 11 22 63 | - | 1 | 1
Breaking.Bad.S05E14.1080p.BluRay.x265-RARBG | Breaking Bad | - | 5 | 14
breaking bad s05e14 ozymandias | breaking bad | - | 5 | 14
Breaking Bad 5x14 Ozymandias | Breaking Bad | - | 5 | 14
Breaking_Bad_S05E14_720p | Breaking Bad | - | 5 | 14
Game.of.Thrones.S08E06.The.Iron.Throne.2160p.UHD.BluRay.x265.10bit.HDR.DV-GRP | Game of Thrones | - | 8 | 6
Chernobyl.S01E01.1.23.45.1080p.AMZN.WEB-DL | Chernobyl | - | 1 | 1
Friends.S10E17-E18.The.Last.One.1080p | Friends | - | 10 | 17,18
Friends S10E17E18 720p | Friends | - | 10 | 17,18
Friends.S10E17-18.DVDRip | Friends | - | 10 | 17,18
Friends - 10x17-10x18 - The Last One | Friends | - | 10 | 17,18
Friends 10x17-18 | Friends | - | 10 | 17,18
Friends S10E17 & E18 | Friends | - | 10 | 17,18
Friends.S10E17-S10E18.720p | Friends | - | 10 | 17,18
Rugrats.S01E01E02E03.DVDRip | Rugrats | - | 1 | 1,2,3
Rugrats.S01E01-E03.DVDRip | Rugrats | - | 1 | 1,2,3
Rugrats.S01E01-E02-E03.DVDRip | Rugrats | - | 1 | 1,2,3
Doctor.Who.2005.S01E01.Rose.720p.BluRay | Doctor Who | 2005 | 1 | 1
Doctor Who (2005) - S01E01 - Rose | Doctor Who | 2005 | 1 | 1
Doctor.Who.2005.S00E05.The.Christmas.Invasion | Doctor Who | 2005 | 0 | 5
Battlestar Galactica (2003) - 1x01 - 33 | Battlestar Galactica | 2003 | 1 | 1
Battlestar.Galactica.2003.S02E13.720p | Battlestar Galactica | 2003 | 2 | 13
House.of.Cards.2013.S02E11.1080p.NF.WEBRip.DD5.1.x264-NTb | House of Cards | 2013 | 2 | 11
Fargo.S01.E03.720p.HDTV | Fargo | - | 1 | 3
Fargo S1 E3 | Fargo | - | 1 | 3
Fargo S01EP03 | Fargo | - | 1 | 3
Fargo.S01 - E03.720p | Fargo | - | 1 | 3
Fargo Season 1 Episode 3 | Fargo | - | 1 | 3
Fargo - Season 1, Episode 3 - A Muddy Road | Fargo | - | 1 | 3
Fargo.Season.01.Episode.03.1080p | Fargo | - | 1 | 3
Lupin Saison 1 Episode 2 FRENCH 1080p | Lupin | - | 1 | 2
Lupin.S01E02.FRENCH.1080p.WEB.H264 | Lupin | - | 1 | 2
Das Boot Staffel 2 Folge 3 | Das Boot | - | 2 | 3
Das.Boot.S02E03.GERMAN.DL.1080p.BluRay.x264 | Das Boot | - | 2 | 3
La Casa de Papel Temporada 2 [HDTV 720p][Cap.205][Castellano] | La Casa de Papel | - | 2 | 5
La Casa de Papel Temporada 1 Capitulo 7 | La Casa de Papel | - | 1 | 7
La.Casa.de.Papel.T01E07.1080p | La Casa de Papel | - | 1 | 7
Gomorra Stagione 3 Episodio 5 | Gomorra | - | 3 | 5
Mr.Robot.S02E01.eps2.0_unm4sk-pt1.tc.1080p.WEB-DL | Mr Robot | - | 2 | 1
Mr. Robot S04E13 | Mr. Robot | - | 4 | 13
Brooklyn.Nine-Nine.S05E14.720p | Brooklyn Nine-Nine | - | 5 | 14
Marvels.Agents.of.S.H.I.E.L.D.S04E01.1080p | Marvels Agents of S H I E L D | - | 4 | 1
Trailer.Park.Boys.S07E01.DVDRip | Trailer Park Boys | - | 7 | 1
Extras.S01E01.Ben.Stiller | Extras | - | 1 | 1
The.Making.of.S01E01.720p | The Making of | - | 1 | 1
Bonus.Family.S01E04.1080p | Bonus Family | - | 1 | 4
Stargate.SG-1.S05E10.DVDRip | Stargate SG-1 | - | 5 | 10
Stargate SG-1 - 5x10 - 2001 | Stargate SG-1 | - | 5 | 10
Space.1999.S01E04.720p | Space 1999 | - | 1 | 4
Studio.60.on.the.Sunset.Strip.S01E03 | Studio 60 on the Sunset Strip | - | 1 | 3
12.Monkeys.S03E07.1080p | 12 Monkeys | - | 3 | 7
30.Rock.S02E05.720p.WEB-DL | 30 Rock | - | 2 | 5
2.Broke.Girls.S04E22.HDTV | 2 Broke Girls | - | 4 | 22
3rd.Rock.from.the.Sun.S02E11.DVDRip | 3rd Rock from the Sun | - | 2 | 11
60.Minutes.S53E02.720p | 60 Minutes | - | 53 | 2
90210.S01E03.HDTV | 90210 | - | 1 | 3
Beverly.Hills.90210.S02E04.DVDRip | Beverly Hills 90210 | - | 2 | 4
Hawaii.Five-0.2010.S08E01.720p | Hawaii Five-0 | 2010 | 8 | 1
Room.104.S02E07.1080p | Room 104 | - | 2 | 7
Warehouse.13.S04E20.720p | Warehouse 13 | - | 4 | 20
Babylon.5.S01E06.DVDRip | Babylon 5 | - | 1 | 6
The.4400.S01E02.720p | The 4400 | - | 1 | 2
Patria.S01E05.5.1.1080p.x264 | Patria | - | 1 | 5
MythBusters.S2015E12.720p | MythBusters | - | 2015 | 12
The.Simpsons.S33E100.1080p | The Simpsons | - | 33 | 100
Coronation.Street.S100E1000.720p | Coronation Street | - | 100 | 1000
Planet.Earth.II.S01E03.2160p.UHD.BluRay.HEVC.HDR | Planet Earth II | - | 1 | 3
Sherlock.S03E00.Many.Happy.Returns | Sherlock | - | 3 | 0
Sherlock - S04E03 - The Final Problem (1080p x265 10bit Joy) | Sherlock | - | 4 | 3
The.Office.US.S09E23.1080p.WEB-DL | The Office | - | 9 | 23
The Office (US) - S01E01 - Pilot | The Office | - | 1 | 1
Shameless.US.S11E01.1080p | Shameless | - | 11 | 1
Dark.S01E01.GERMAN.2160p.NF.WEBRip | Dark | - | 1 | 1
Money.Heist.S05E10.DUBBED.720p | Money Heist | - | 5 | 10
What.If.2021.S01E01.1080p.DSNP.WEB-DL | What If | 2021 | 1 | 1
S01E01 - Pilot | | - | 1 | 1
S02E03 | | - | 2 | 3
s05e10.1080p | | - | 5 | 10
1x05 - Name | | - | 1 | 5
01x05 | | - | 1 | 5
Show.E05.1080p | Show | - | - | 5
Show Episode 7 | Show | - | - | 7
Show.Ep.07.720p | Show | - | - | 7
[Erai-raws] Vinland Saga S2 - 05 [1080p][Multiple Subtitle] | Vinland Saga | - | 2 | 5
[SubsPlease] Vinland Saga S2 - 24 (1080p) [3F2A9C11] | Vinland Saga | - | 2 | 24
[Judas] Vinland Saga - S02E05 | Vinland Saga | - | 2 | 5
Vinland Saga 2nd Season - 05 | Vinland Saga | - | 2 | 5
[SubsPlease] Sousou no Frieren - 12 (1080p) [ABCDEF12] | Sousou no Frieren | - | - | 12
[SubsPlease] Sousou no Frieren - 12v2 (1080p) [ABCDEF12] | Sousou no Frieren | - | - | 12
[HorribleSubs] Mob Psycho 100 - 07 [720p] | Mob Psycho 100 | - | - | 7
[Judas] One Piece - 1015 [1080p] | One Piece | - | - | 1015
[Group] Bleach - 366 [480p] | Bleach | - | - | 366
"""

_PACKS = """
Breaking.Bad.S01-S05.1080p.BluRay.x265 | Breaking Bad | - | 1,2,3,4,5 | -
Breaking Bad (2008) Season 1-5 | Breaking Bad | 2008 | 1,2,3,4,5 | -
Breaking Bad Seasons 1, 2 & 3 | Breaking Bad | - | 1,2,3 | -
Breaking Bad Season 1 to 5 | Breaking Bad | - | 1,2,3,4,5 | -
Breaking.Bad.S01.1080p.BluRay | Breaking Bad | - | 1 | -
Breaking.Bad.Season.3.Complete.720p | Breaking Bad | - | 3 | -
Breaking.Bad.S01S02.720p | Breaking Bad | - | 1,2 | -
Breaking Bad S01+S02 1080p | Breaking Bad | - | 1,2 | -
Breaking.Bad.S01-05.1080p | Breaking Bad | - | 1,2,3,4,5 | -
The Office (US) (2005) Season 1-5 S01-S05 (1080p BluRay x265 Silence) | The Office | 2005 | 1,2,3,4,5 | -
Lupin Saison 2 FRENCH 1080p | Lupin | - | 2 | -
Das Boot Staffel 1 | Das Boot | - | 1 | -
La Casa de Papel Temporada 3 1080p | La Casa de Papel | - | 3 | -
24.S01.720p.BluRay | 24 | - | 1 | -
The.100.S03.1080p | The 100 | - | 3 | -
9-1-1.S02.1080p.AMZN.WEB-DL | 9-1-1 | - | 2 | -
1923.S01.2160p.WEB-DL | 1923 | - | 1 | -
MythBusters.S2015.720p | MythBusters | - | 2015 | -
Sherlock.S00.Specials.1080p | Sherlock | - | 0 | -
[Group] Title - 01-12 [1080p] | Title | - | - | 1,2,3,4,5,6,7,8,9,10,11,12
"""

_MOVIES = """
1917.2019.1080p.BluRay.x264-GRP | 1917 | 2019 | - | -
1917.1080p.BluRay | 1917 | - | - | -
2012.2009.1080p.BluRay | 2012 | 2009 | - | -
2012 (2009) | 2012 | 2009 | - | -
300.2006.1080p.BluRay | 300 | 2006 | - | -
Se7en.1995.1080p | Se7en | 1995 | - | -
21.2008.720p | 21 | 2008 | - | -
42.2013.1080p.BluRay | 42 | 2013 | - | -
8 Mile (2002) | 8 Mile | 2002 | - | -
127.Hours.2010.1080p | 127 Hours | 2010 | - | -
12.Angry.Men.1957.1080p | 12 Angry Men | 1957 | - | -
10 Things I Hate About You (1999) | 10 Things I Hate About You | 1999 | - | -
2001.A.Space.Odyssey.1968.2160p | 2001 A Space Odyssey | 1968 | - | -
Blade.Runner.2049.2017.2160p.UHD.BluRay.x265.HDR.DV-GRP | Blade Runner 2049 | 2017 | - | -
Blade.Runner.2049.1080p.BluRay | Blade Runner 2049 | - | - | -
Wonder.Woman.1984.2020.1080p | Wonder Woman 1984 | 2020 | - | -
Apollo 13 (1995) | Apollo 13 | 1995 | - | -
Ocean's Eleven (2001) 1080p | Ocean's Eleven | 2001 | - | -
Ocean's 8 (2018) 1080p | Ocean's 8 | 2018 | - | -
Oceans.11.1960.720p | Oceans 11 | 1960 | - | -
Terminator 2 Judgment Day 1991 1080p | Terminator 2 Judgment Day | 1991 | - | -
Kill.Bill.Vol.2.2004.1080p | Kill Bill Vol 2 | 2004 | - | -
The.Hunger.Games.Mockingjay.Part.2.2015.1080p | The Hunger Games Mockingjay Part 2 | 2015 | - | -
Dune.Part.Two.2024.2160p.WEB-DL.DV.HDR10+.Atmos.H.265-FLUX | Dune Part Two | 2024 | - | -
The.Lord.of.the.Rings.The.Two.Towers.2002.Extended.1080p | The Lord of the Rings The Two Towers | 2002 | - | -
Les.Misérables.2012.MULTi.1080p.BluRay | Les Misérables | 2012 | - | -
Amélie.2001.1080p.BluRay | Amélie | 2001 | - | -
WALL-E (2008) 1080p | WALL-E | 2008 | - | -
Spider-Man.No.Way.Home.2021.1080p | Spider-Man No Way Home | 2021 | - | -
Star.Wars.Episode.IV.A.New.Hope.1977.1080p | Star Wars Episode IV A New Hope | 1977 | - | -
Star.Wars.Episode.1.The.Phantom.Menace.1999.1080p | Star Wars Episode 1 The Phantom Menace | 1999 | - | -
T2.Trainspotting.2017.1080p | T2 Trainspotting | 2017 | - | -
S1m0ne.2002.DVDRip | S1m0ne | 2002 | - | -
E.T.the.Extra-Terrestrial.1982.1080p | E T the Extra-Terrestrial | 1982 | - | -
S.W.A.T.2003.1080p | S W A T | 2003 | - | -
Godzilla.x.Kong.The.New.Empire.2024.2160p | Godzilla x Kong The New Empire | 2024 | - | -
Everything.Everywhere.All.at.Once.2022.1080p.BluRay.x265 | Everything Everywhere All at Once | 2022 | - | -
Mission.Impossible.Fallout.2018.2160p | Mission Impossible Fallout | 2018 | - | -
Fight.Club.1999.10th.Anniversary.Edition.1080p | Fight Club | 1999 | - | -
Alien.1979.Directors.Cut.1080p.BluRay | Alien | 1979 | - | -
Big.Buck.Bunny.2008.1080p.x264 | Big Buck Bunny | 2008 | - | -
Sintel (2010) [2160p] | Sintel | 2010 | - | -
Tears.of.Steel.2012.4k | Tears of Steel | 2012 | - | -
"""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    title: str
    year: int | None
    seasons: tuple[int, ...]
    episodes: tuple[int, ...]


def _numbers(text: str) -> tuple[int, ...]:
    return () if text == "-" else tuple(map(int, text.split(",")))


def _cases(table: str) -> list[Case]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [
        Case(name, title, next(iter(_numbers(year)), None), _numbers(seasons), _numbers(episodes))
        for name, title, year, seasons, episodes in rows
    ]


EPISODES = _cases(_EPISODES)
PACKS = _cases(_PACKS)
MOVIES = _cases(_MOVIES)
ALL = EPISODES + PACKS + MOVIES
