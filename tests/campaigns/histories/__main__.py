"""People and companies of known histories, told by three sources and loaded: what is made of them, beside the truth.

python -m tests.campaigns.histories --people 3000 --months 12
"""

import json
import sys

from tests.campaigns import places


def main() -> None:
    parser = places.options(__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--months", type=int, default=9)
    parser.add_argument("--examples", type=int, default=0, help="show so many wrong and missed pairs")
    given = parser.parse_args()
    with places.place(given.database):
        from tests.campaigns.histories import telling

        report = telling.carry_out(
            people=given.people, months=given.months, seed=given.seed, examples=given.examples
        )
    print(json.dumps(report, indent=2, ensure_ascii=False))
    sys.exit(1 if report["bad"] else 0)


if __name__ == "__main__":
    main()
