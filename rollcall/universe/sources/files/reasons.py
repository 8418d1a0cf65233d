"""Why a row or a value was not taken, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """What happened, and the remedy."""

    says: str
    remedy: str


ROW: dict[str, Reason] = {
    "uneven_row": Reason(
        "The row does not have as many cells as the header.",
        "Put cells that hold the delimiter in quotes.",
    ),
    "bad_json": Reason(
        "The line is not one JSON object.",
        "Write one object a line.",
    ),
    "broken_text": Reason(
        "The cell holds bytes that are not text in the file's encoding.",
        "Save the file as UTF-8, or say its encoding in the mapping.",
    ),
    "cell_too_long": Reason(
        "The cell holds more than 131,072 characters.",
        "Shorten it, or close the quotation mark that opens it.",
    ),
    "value_too_long": Reason(
        "The value has more than 1,000 characters.",
        "Shorten it; no name or title needs that.",
    ),
    "nul_character": Reason(
        "The cell holds a NUL character.",
        "Remove it.",
    ),
    "no_name": Reason(
        "The row names no person.",
        "Fill in the name, or leave the row out.",
    ),
    "no_title": Reason(
        "The row has no job title.",
        "Fill in the title, or leave the row out.",
    ),
    "no_company": Reason(
        "The row names no company.",
        "Fill in the company's id, domain or name, or leave the row out.",
    ),
    "bad_domain": Reason(
        "The company's domain is not a web domain, and nothing else names the company.",
        "Write it like acme.com.",
    ),
    "bad_date": Reason(
        "The value is not a date that can be understood without guessing.",
        "Write 2026-01-31, or say the format in the mapping.",
    ),
    "dates_disagree": Reason(
        "The dates contradict each other, or are later than the day of the file.",
        "Correct one of them.",
    ),
    "conflicting_rows": Reason(
        "The same person stands at the same company with another title, seen on the same day.",
        "Keep one of the rows.",
    ),
    "bad_number": Reason(
        "The value is not a whole number from 0.",
        "Write digits only.",
    ),
    "bad_email": Reason(
        "The value is not an email address.",
        "Write it like ann@acme.com.",
    ),
    "bad_phone": Reason(
        "The value is not a telephone number.",
        "Write it with its country, like +49 30 12345678.",
    ),
    "bad_url": Reason(
        "The value is not an address of a page.",
        "Write it like https://www.linkedin.com/in/ann.",
    ),
    "bad_alias": Reason(
        "The value is neither a name nor a web domain.",
        "Correct it.",
    ),
}
WARNINGS: dict[str, Reason] = {
    "left_out_number": Reason(
        "Numbers that could not be read were left out.",
        "Write digits only.",
    ),
    "left_out_email": Reason(
        "What is not an email address was left out.",
        "Write it like ann@acme.com.",
    ),
    "left_out_phone": Reason(
        "What is not a telephone number was left out.",
        "Write it with its country, like +49 30 12345678.",
    ),
    "left_out_url": Reason(
        "What is not the address of a page was left out.",
        "Write https://…",
    ),
    "left_out_domain": Reason(
        "What is not a web domain was left out; something else names the company.",
        "Write it like acme.com.",
    ),
    "two_domains": Reason(
        "Companies with several domains: the first one counts.",
        "Give each company one domain, the others as aliases.",
    ),
    "no_person_id": Reason(
        "Rows without an id of the person: a profile address, an email or the name at the company "
        "stands for it.",
        "Map person_id if the file has one.",
    ),
    "name_only": Reason(
        "Rows in which only the name tells a person from others at the company.",
        "Map person_id, profile_url or email if the file has one.",
    ),
    "garbled": Reason(
        "Names that look as if they had been read in the wrong encoding (Ã©).",
        "Ask whoever wrote the file, or say its encoding in the mapping.",
    ),
    "guessed_encoding": Reason(
        "The file is not in UTF-8 and was read as Windows-1252.",
        "If names look wrong, say the encoding in the mapping.",
    ),
    "odd_quotes": Reason(
        "The file has an odd number of quotation marks: one may never be closed.",
        "Look at the last rows that were read.",
    ),
    "never_filled": Reason(
        "A column of the mapping is empty in all rows.",
        "Check its name.",
    ),
    "roster_not_whole": Reason(
        "Companies of whose people some rows were refused: nobody is taken to have left there.",
        "Correct the rejected rows and load the whole file again.",
    ),
    "skipped_file": Reason(
        "Files in the folder that are no data were passed over.",
        "Nothing, if they are meant to be there.",
    ),
}
# What a value that may be empty is called when the mapping wants such rows refused.
STRICT = {
    "left_out_number": "bad_number",
    "left_out_email": "bad_email",
    "left_out_phone": "bad_phone",
    "left_out_url": "bad_url",
    "left_out_domain": "bad_domain",
}
