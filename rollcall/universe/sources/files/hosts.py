"""The domain of a company in a cell that may hold something else: an email address, a page on a network."""

import re

from rollcall.universe.domains import root_domain

# Everybody may have an address there, so it says nothing about an employer.
_FREE_MAIL_TEXT = """
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.co.jp ymail.com hotmail.com hotmail.co.uk
    hotmail.fr outlook.com live.com msn.com aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net
    gmx.com web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com rambler.ru qq.com 163.com 126.com
    sina.com naver.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tin.it uol.com.br
    bol.com.br terra.com.br btinternet.com comcast.net verizon.net att.net zoho.com fastmail.com tutanota.com
    rediffmail.com seznam.cz wp.pl o2.pl interia.pl"""
_FREE_MAIL = frozenset(_FREE_MAIL_TEXT.split())
# A page of the company there is not its domain; the bare host may be, if the company is the network itself.
_NETWORKS_TEXT = """
    linkedin.com facebook.com fb.com twitter.com x.com instagram.com youtube.com tiktok.com crunchbase.com xing.com
    pinterest.com github.com medium.com google.com goo.gl bit.ly linktr.ee t.co angel.co wellfound.com"""
_NETWORKS = frozenset(_NETWORKS_TEXT.split())
_PAGE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?[^/?#]+[/?#]+[^/?#\s]", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@/\s]+@([^@/\s]+)$")


def company_domain(text: str) -> str | None:
    """`company_domain("ann@acme.com") == "acme.com"`; None for gmail.com and for a page on a network."""
    email = _EMAIL.match(text)
    domain = root_domain(email[1] if email else text)
    if email and domain in _FREE_MAIL:
        return None
    return None if domain in _NETWORKS and _PAGE.match(text) else domain
