from django.db import migrations

# What alerts count by: how many grants arrived, and what was available right after the last. Wallets older than alerts
# began at none. Wallets that counted from their first grant on are as they should be, and left alone.
_ARRIVED = """credits_entry g WHERE g.workspace_id = credits_wallet.workspace_id
  AND (g.kind = 'grant' OR (g.kind = 'adjustment' AND g.balance_change > 0))"""
COUNT = f"""
UPDATE credits_wallet SET
  epoch = (SELECT count(*) FROM {_ARRIVED}),
  epoch_available = (
    SELECT coalesce(sum(l.amount), 0) FROM credits_entry e JOIN credits_leg l ON l.entry_id = e.id
    WHERE e.workspace_id = credits_wallet.workspace_id AND l.account = 'available'
    AND e.id <= (SELECT max(g.id) FROM {_ARRIVED}))
WHERE EXISTS (SELECT 1 FROM {_ARRIVED} AND g.digest IS NULL)
"""


class Migration(migrations.Migration):
    """Wallets that are older than alerts learn in which epoch they are."""

    dependencies = [("credits", "0013_refunds_are_found_by_entry")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
