"""The addresses of the pages: signing in, the operator, and each workspace under /w/<slug>/."""

from allauth.account import views as sign_in
from django.urls import URLPattern, URLResolver, include, path

from rollcall.web import demo_sign_in
from rollcall.web.views import (
    account,
    alerts,
    approvals,
    automations,
    bounces,
    budgets,
    companies,
    contacts,
    coverage,
    credits,
    duplicates,
    home,
    ledger,
    operator,
    operator_customers,
    operator_identity,
    operator_load,
    operator_orders,
    operator_providers,
    operator_refunds,
    operator_requests,
    operator_sources,
    packages,
    persona_search,
    personas,
    planner,
    proof,
    runs,
    segment_editor,
    segments,
    settings,
    statements,
    titles,
    webhooks,
    workspace_settings,
)

_NOUNS = (
    home,
    segments,
    segment_editor,
    personas,
    persona_search,
    coverage,
    runs,
    contacts,
    bounces,
    duplicates,
    companies,
    credits,
    ledger,
    statements,
    budgets,
    proof,
    packages,
    planner,
    settings,
    titles,
    alerts,
    webhooks,
    workspace_settings,
    automations,
    approvals,
)
_of_workspace: list[URLPattern | URLResolver] = [url for noun in _NOUNS for url in noun.urls]

# allauth has more pages: sign-up, changing and confirming addresses, links by email. They are left out: nobody makes
# an account by themselves, and an installation needs no mail server.
_account: list[URLPattern | URLResolver] = [
    path("login/", sign_in.login, name="account_login"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("inactive/", sign_in.account_inactive, name="account_inactive"),
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("password/change/", sign_in.password_change, name="account_change_password"),
    path("password/set/", sign_in.password_set, name="account_set_password"),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="start"),
    path("demo/enter", demo_sign_in.enter, name="demo_enter"),
    path("w/<slug:slug>/", include(_of_workspace)),
    path("account/", include(_account)),
    *account.urls,
    *operator.urls,
    *operator_requests.urls,
    *operator_customers.urls,
    *operator_refunds.urls,
    *operator_identity.urls,
    *operator_providers.urls,
    *operator_orders.urls,
    *operator_sources.urls,
    *operator_load.urls,
]
