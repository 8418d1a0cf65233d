"""Made-up people for measurements: any number, at companies of a hundred, as one snapshot of a source."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

TITLES = (
    "Chief Executive Officer", "Chief Financial Officer", "VP Sales", "Vice President of Marketing",
    "Director of Sales Operations", "Regional Sales Manager", "Senior Software Engineer", "Head of People",
    "General Counsel", "Controller",
)  # fmt: skip
PER_COMPANY = 100


@dataclass(frozen=True)
class MadeUp:
    """`count` people; nobody real."""

    count: int
    as_of: date = date(2026, 8, 1)
    name: str = "made_up"
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        numbers = range(-(-self.count // PER_COMPANY))
        return pa.table(
            {
                "company_id": [f"c{n}" for n in numbers],
                "domain": [f"company{n}.com" for n in numbers],
                "name": [f"Company {n:06d}" for n in numbers],
                "country": ["United States"] * len(numbers),
                "region": ["Texas"] * len(numbers),
                "city": ["Austin"] * len(numbers),
            }
        )

    def roster(self) -> pa.Table:
        numbers = range(self.count)
        return pa.table(
            {
                "company_id": [f"c{n // PER_COMPANY}" for n in numbers],
                "person_id": [f"p{n}" for n in numbers],
                "title": [TITLES[n % len(TITLES)] for n in numbers],
                "full_name": [f"Given{n % 997} Family{n % 49_999}" for n in numbers],
                "first_name": [f"Given{n % 997}" for n in numbers],
                "last_name": [f"Family{n % 49_999}" for n in numbers],
                "profile_url": [f"https://people.example.com/in/{n}" for n in numbers],
                "last_seen": pa.array([self.as_of] * self.count, pa.date32()),
            }
        )
