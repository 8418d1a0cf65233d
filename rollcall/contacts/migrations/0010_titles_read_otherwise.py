import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Titles that a workspace reads otherwise, by revisions, and how far its contacts have followed."""

    dependencies = [
        ('contacts', '0009_forgetting_empties_changes'),
        ('workspaces', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='TitleBook',
            fields=[
                ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='workspaces.workspace')),
                ('revision', models.PositiveIntegerField(default=0)),
                ('applied', models.PositiveIntegerField(default=0)),
                ('after_id', models.BigIntegerField(default=0)),
                ('stamp', models.CharField(blank=True, max_length=32)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('revision__gt', models.F('applied'))), fields=['workspace'], name='title_book_behind')],
            },
        ),
        migrations.CreateModel(
            name='TitleOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('title_words', models.CharField(max_length=2000)),
                ('seniority', models.CharField(max_length=20, null=True)),
                ('department', models.CharField(max_length=40, null=True)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('actor', models.CharField(max_length=60)),
                ('actor_label', models.CharField(max_length=160)),
                ('made_at', models.DateTimeField()),
                ('since', models.PositiveIntegerField()),
                ('until', models.PositiveIntegerField(null=True)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='workspaces.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'until', 'id'], name='title_override_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('workspace', 'title_words'), name='title_override_once'), models.CheckConstraint(condition=models.Q(('seniority__isnull', False), ('department__isnull', False), _connector='OR'), name='title_override_says'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='title_override_in_time')],
            },
        ),
    ]
