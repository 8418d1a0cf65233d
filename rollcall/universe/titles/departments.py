"""Which department a title belongs to: the first rule set; of the departments named, the first in the title wins."""

import re

from rollcall.universe.titles.spelling import words

DEPARTMENTS: dict[str, str] = {
    "executive": "General management",
    "board": "Board",
    "finance": "Finance",
    "legal": "Legal",
    "human_resources": "Human resources",
    "sales": "Sales",
    "marketing": "Marketing",
    "communications": "Communications & public affairs",
    "customer": "Customer success & service",
    "product": "Product & design",
    "engineering": "Engineering",
    "information_technology": "Information technology",
    "data": "Data & analytics",
    "security": "Security",
    "research": "Research & development",
    "operations": "Operations",
    "supply_chain": "Supply chain & procurement",
    "strategy": "Strategy & business development",
    "risk": "Risk, compliance & audit",
    "medical": "Medical & health",
    "administration": "Administration",
    "unknown": "Unknown",
}

_WORDS: dict[str, str] = {
    "finance": r"financial|finance|accounting|accountant|controller|comptroller|treasurer|treasury|tax|"
    r"investor relations|fp a|bookkeeper|budget|billing|payroll|mergers acquisitions",
    "legal": r"legal|counsel|attorney|lawyer|paralegal|corporate secretary|litigation|patent",
    "human_resources": r"human resources|human capital|people|talent|recruiter|recruiting|recruitment|diversity|"
    r"compensation|benefits|hrbp|personnel|workforce|culture",
    "sales": r"sales|revenue|commercial|account executive|account manager|account director|cro|cco|distribution|"
    r"sales development representative|business development representative|inside sales|partnerships",
    "marketing": r"product marketing|marketing|brand|brands|growth|advertising|content|"
    r"seo|demand generation|merchandising|merchant|cgo",
    "communications": r"communications|communication|public relations|public affairs|corporate affairs|"
    r"external affairs|government affairs|government relations|media relations|public policy|press|editorial",
    "customer": r"customer|client|customer success|support|call center|contact center|patient experience",
    "product": r"product|design|designer|ux|ui|user experience|user research|cpo",
    "engineering": r"engineering|engineer|software|developer|development operations|devops|architect|hardware|firmware|"
    r"technology officer|platform|platforms|programmer|technologist",
    "information_technology": r"information technology|information officer|information systems|systems administrator|"
    r"network|infrastructure|digital|help desk|cloud|information",
    "data": r"data|analytics|machine learning|artificial intelligence|ai|business intelligence|statistician",
    "security": r"security|cybersecurity|cyber",
    "research": r"research development|research|scientific|scientist|science|laboratory|innovation|r d|discovery",
    "operations": r"operations|operating|manufacturing|production|plant|facilities|quality|maintenance|process|project|"
    r"program|programme|safety|stores|construction|logistics operations|services|generation",
    "supply_chain": r"supply chain|procurement|purchasing|logistics|sourcing|warehouse|buyer|supply|materials|fleet",
    "strategy": r"strategy|strategic|business development|corporate development|transformation|ventures|strategist|bdo|"
    r"sustainability|planning",
    "risk": r"risk|compliance|audit|auditor|ethics|internal audit|regulatory|underwriting|claims|actuary|actuarial",
    "medical": r"medical|clinical|physician|nurse|nursing|health|doctor|pharmacist|pharmacy|surgeon|therapist|dental",
    "administration": r"administration|administrative|administrator|assistant|receptionist|clerk|office manager|"
    r"secretary|staff",
    "board": r"board|chair|trustee|non executive director|director non officer insider",
    "executive": r"general manager|managing director|founder|owner|managing partner|country manager",
}
_EXECUTIVE_FIRST = re.compile(r" chief executive | chief executive officer ")
_PRESIDENT = re.compile(r" president ")
# Three-letter posts that never stand in full: which of their readings is the usual one.
_USUAL = {"cao": "finance", "cdo": "information_technology", "cso": "strategy", "chco": "human_resources"}
_LAST = ("board", "executive", "administration")
_NAMED = re.compile("|".join(f"(?P<{name}>(?<= )(?:{pattern})(?= ))" for name, pattern in _WORDS.items()))


def department(title: str) -> str:
    """The key in `DEPARTMENTS`; "unknown" when no word of the title tells."""
    return department_of_words(words(title))


def department_of_words(text: str) -> str:
    if not text:
        return "unknown"
    if _EXECUTIVE_FIRST.search(text):
        return "executive"
    named = [found.lastgroup or "" for found in _NAMED.finditer(text)]
    telling = [name for name in named if name not in _LAST]
    if telling:
        return telling[0]
    usual = next((_USUAL[word] for word in text.split() if word in _USUAL), None)
    if usual or not named:
        return usual or ("executive" if _PRESIDENT.search(text) else "unknown")
    return "executive" if _PRESIDENT.search(text) else named[0]
