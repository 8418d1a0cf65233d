"""How senior a title can be: ten ranks to filter by, and finer ones that keep owners, founders and interns apart."""

SENIORITIES: dict[str, str] = {
    "c_suite": "C-suite",
    "board": "Board",
    "vp": "Vice president",
    "head": "Head",
    "director": "Director",
    "manager": "Manager",
    "senior": "Senior",
    "staff": "Staff",
    "entry": "Entry",
    "unknown": "Unknown",
}

ROLE_LEVELS: dict[str, str] = {
    "owner": "Owner",
    "founder": "Founder",
    "c_suite": "C-suite",
    "board": "Board",
    "partner": "Partner",
    "vp": "Vice president",
    "head": "Head",
    "director": "Director",
    "manager": "Manager",
    "senior": "Senior",
    "staff": "Staff",
    "entry": "Entry",
    "intern": "In training",
    "volunteer": "Volunteer",
    "unknown": "Unknown",
}

# Each finer rank belongs to one of the ten.
COARSE: dict[str, str] = {level: level for level in SENIORITIES} | {
    "owner": "c_suite",
    "founder": "c_suite",
    "partner": "vp",
    "intern": "entry",
    "volunteer": "staff",
}
