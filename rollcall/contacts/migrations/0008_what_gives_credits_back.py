import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Aliases, erased people, and what was found out about people after they were bought."""

    dependencies = [
        ('contacts', '0007_keys_checked_by_the_batch'),
        ('credits', '0012_budgets_count_what_was_before'),
        ('workspaces', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bounce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('why', models.CharField(max_length=300)),
                ('line', models.PositiveIntegerField()),
                ('label', models.CharField(blank=True, max_length=160)),
                ('status', models.CharField(blank=True, max_length=20)),
                ('bounced_on', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BounceReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120)),
                ('digest', models.CharField(max_length=64)),
                ('lines', models.PositiveIntegerField()),
                ('actor', models.CharField(max_length=60)),
                ('actor_label', models.CharField(max_length=160)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('why', models.CharField(max_length=300)),
                ('left_on', models.DateField()),
                ('source', models.CharField(max_length=60)),
                ('learned_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('why', models.CharField(max_length=300)),
                ('actor', models.CharField(max_length=60)),
                ('actor_label', models.CharField(max_length=160)),
                ('erased_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ErasureOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('profile_id', models.BigIntegerField(unique=True)),
                ('actor', models.CharField(max_length=60)),
                ('actor_label', models.CharField(max_length=160)),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('why', models.CharField(max_length=300)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('kept', models.JSONField(default=dict)),
                ('actor', models.CharField(max_length=60)),
                ('actor_label', models.CharField(max_length=160)),
                ('merged_at', models.DateTimeField()),
                ('split_by', models.CharField(blank=True, default='', max_length=160)),
                ('split_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='contact',
            name='erased_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='merged_into',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='contacts.contact'),
        ),
        migrations.AlterField(
            model_name='change',
            name='kind',
            field=models.CharField(choices=[('added', 'Added'), ('title_changed', 'Title changed'), ('promoted', 'Promoted'), ('department_changed', 'Department changed'), ('left', 'Left'), ('moved', 'Moved'), ('returned', 'Returned'), ('corrected', 'Record corrected'), ('merged', 'Merged'), ('split', 'Split again')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='contact_aliases'),
        ),
        migrations.AddField(
            model_name='bounce',
            name='contact',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='bounce',
            name='entry',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credits.entry'),
        ),
        migrations.AddField(
            model_name='bounce',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace'),
        ),
        migrations.AddField(
            model_name='bouncereport',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace'),
        ),
        migrations.AddField(
            model_name='bounce',
            name='report',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bounces', to='contacts.bouncereport'),
        ),
        migrations.AddField(
            model_name='departure',
            name='contact',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='departure',
            name='entry',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credits.entry'),
        ),
        migrations.AddField(
            model_name='departure',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='contact',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='entry',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credits.entry'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace'),
        ),
        migrations.AddIndex(
            model_name='erasureorder',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['asked_at'], name='erasure_due'),
        ),
        migrations.AddField(
            model_name='merge',
            name='entry',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credits.entry'),
        ),
        migrations.AddField(
            model_name='merge',
            name='loser',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='merge',
            name='winner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='merge',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace'),
        ),
        migrations.AddIndex(
            model_name='bouncereport',
            index=models.Index(fields=['workspace', 'id'], name='bounce_report_newest'),
        ),
        migrations.AddConstraint(
            model_name='bouncereport',
            constraint=models.UniqueConstraint(fields=('workspace', 'key'), name='bounce_report_once'),
        ),
        migrations.AddIndex(
            model_name='bounce',
            index=models.Index(condition=models.Q(('contact__isnull', False)), fields=['contact', 'id'], name='bounce_by_contact'),
        ),
        migrations.AddConstraint(
            model_name='bounce',
            constraint=models.UniqueConstraint(fields=('report', 'line'), name='bounce_line_once'),
        ),
        migrations.AddIndex(
            model_name='departure',
            index=models.Index(condition=models.Q(('decided_at__isnull', True)), fields=['id'], name='departure_waiting'),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(fields=['workspace', 'id'], name='erasure_newest'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['winner', 'id'], name='merge_by_winner'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('split_at__isnull', True)), fields=('loser',), name='merge_once'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('winner', models.F('loser')), _negated=True), name='merge_of_two'),
        ),
    ]
