"""The words that made-up people, titles and companies are put together from."""

import unicodedata

_MEN = """
James John Robert Michael William David Richard Thomas Christopher Daniel Matthew Anthony Andrew Joseph Charles Edward
Alexander Nicholas Benjamin Gregory Stephen Jürgen Björn Andreas Stefan Jörg François Jérôme Étienne Stéphane José Jesús
Óscar Sergio Giovanni Matteo Aleksandr Dmitri Sergei Yuri Mikhail Wei Hiroshi Kenji Min-jun Rajesh Sanjay Amit Mohammed
Ahmed Omar Paweł Łukasz Jiří Søren Åke João Carlos
"""
_WOMEN = """
Mary Patricia Jennifer Elizabeth Susan Margaret Katherine Christine Deborah Rebecca Samantha Victoria Alexandra Jessica
Barbara Pamela Theresa Anne Marie-Claire Françoise Céline Hélène Zoë Gisèle María Lucía Inés Begoña Giulia Francesca
Chiara Ekaterina Natalia Olga Svetlana Yulia Mei Yuki Sakura Ji-woo Priya Lakshmi Anjali Fatima Aisha Layla Małgorzata
Agnieszka Jiřina Mette Åsa Conceição Ana
"""
FIRSTS = {"m": tuple(_MEN.split()), "f": tuple(_WOMEN.split())}
_LASTS = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Wilson Anderson Taylor Thomas Moore Jackson
Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson
Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan
Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray Hughes Price Myers
Müller Schröder Weiß Jäger Göbel Krüger Lefèvre Béranger Dubois Gauthier Côté Núñez Ibáñez Muñoz Peña Fernández
Rossi Esposito D'Angelo O'Brien O'Sullivan McDonald MacLeod Ivanov Kuznetsov Tchaikovsky Zhukov Shevchenko Wałęsa
Kowalczyk Dvořák Novák Sørensen Ødegård Lindström Åkesson Van_der_Berg De_la_Cruz Dos_Santos Al-Masri Ben_Ali
Tanaka Watanabe Nakamura Chen Zhang Nguyen Kim Park Sharma Gupta Krishnamurthy Balasubramanian Okonkwo Mbeki
Featherstonehaugh Quattlebaum Wojciechowski Vandenberghe Papadopoulos Hadjiconstantinou Oyelaran Thorvaldsen
"""
LASTS = tuple(name.replace("_", " ") for name in _LASTS.split())
MIDDLES = ("", "", "A", "B", "C", "D", "E", "J", "L", "M", "R", "S", "T", "W")
SHORT = {
    "James": "Jim", "Robert": "Bob", "Michael": "Mike", "William": "Bill", "David": "Dave", "Richard": "Dick",
    "Thomas": "Tom", "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Andrew": "Andy",
    "Joseph": "Joe", "Charles": "Chuck", "Edward": "Ted", "Alexander": "Alex", "Nicholas": "Nick", "Benjamin": "Ben",
    "Gregory": "Greg", "Stephen": "Steve", "Patricia": "Pat", "Jennifer": "Jen", "Elizabeth": "Liz", "Susan": "Sue",
    "Margaret": "Peggy", "Katherine": "Kate", "Deborah": "Deb", "Rebecca": "Becky", "Samantha": "Sam",
    "Victoria": "Vicky", "Jessica": "Jess", "Barbara": "Barb", "Theresa": "Terry", "Aleksandr": "Sasha",
    "Ekaterina": "Katya", "Giovanni": "Gianni", "Francesca": "Franca", "José": "Pepe", "Carlos": "Charly",
}  # fmt: skip
OTHERWISE = {
    "Aleksandr": "Alexandr", "Dmitri": "Dmitry", "Sergei": "Sergey", "Yuri": "Yury", "Mikhail": "Mikhaïl",
    "Ekaterina": "Yekaterina", "Natalia": "Nataliya", "Yulia": "Julia", "Mohammed": "Muhammad", "Ahmed": "Ahmad",
    "Jürgen": "Juergen", "Jörg": "Joerg", "Müller": "Mueller", "Schröder": "Schroeder", "Weiß": "Weiss",
    "Jäger": "Jaeger", "Göbel": "Goebel", "Krüger": "Krueger", "Tchaikovsky": "Chaikovskiy", "Zhukov": "Jukov",
    "Kuznetsov": "Kuznetzov", "Al-Masri": "Almasri", "O'Brien": "OBrien", "D'Angelo": "DAngelo",
    "Sørensen": "Soerensen", "Ødegård": "Oedegaard", "Ivanov": "Иванов", "Shevchenko": "Шевченко",
    "Papadopoulos": "Παπαδόπουλος",
}  # fmt: skip
# Each title with other ways to write it.
TITLES = (
    ("Chief Executive Officer", "CEO"), ("Chief Financial Officer", "CFO"), ("Chief Operating Officer", "COO"),
    ("Vice President Sales", "VP Sales", "VP, Sales"), ("Vice President Marketing", "VP Marketing", "V.P. Marketing"),
    ("Senior Vice President", "SVP"), ("Director of Engineering", "Director, Engineering"), ("General Counsel",),
    ("Human Resources Director", "HR Director"), ("Head of Product",), ("Sales Manager",), ("Senior Accountant",),
    ("Software Engineer",), ("Data Analyst",), ("Key Account Manager",), ("Plant Manager",), ("Controller",),
    ("Treasurer",), ("Executive Assistant",), ("Director",),
)  # fmt: skip
DIRECTOR = len(TITLES) - 1
_COINED = "Zor Vel Quin Tav Mer Kro Nex Bran Ulv Fen Hal Jor Pyx Sil Dra Wyn"
COINED = tuple(_COINED.split())
_ENDINGS = "ando essa ithra olm urra evia anto ique orum ellis"
ENDINGS = tuple(_ENDINGS.split())
COMMON = ("First", "National", "Delta", "Pacific", "United", "Summit", "Pioneer", "Global")
TRADES = ("Systems", "Foods", "Energy", "Therapeutics", "Logistics", "Partners", "Industries", "Services")
PLACES = (
    ("United States", "Austin", "Inc."), ("United States", "Reno", "LLC"), ("Germany", "Hamburg", "GmbH"),
    ("France", "Lyon", "SAS"), ("United Kingdom", "Leeds", "Ltd"), ("Spain", "Bilbao", "S.L."),
)  # fmt: skip
INDUSTRIES = ("Software", "Food Products", "Oil & Gas", "Biotechnology", "Trucking", "Consulting")


def plain(text: str) -> str:
    """Without accents."""
    kept = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return kept.replace("ø", "o").replace("Ø", "O").replace("ł", "l").replace("Ł", "L").replace("ß", "ss")
