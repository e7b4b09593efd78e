import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from kokorochat.web.accounts.chain import code_of


def chain_what_is_there(apps, schema_editor):
    AuditEntry = apps.get_model("accounts", "AuditEntry")
    AuditHead = apps.get_model("accounts", "AuditHead")
    number, previous = 0, ""
    for number, entry in enumerate(AuditEntry.objects.order_by("pk").iterator(), start=1):
        code = code_of(number, entry.at, entry.by_id, entry.action, entry.subject, previous)
        AuditEntry.objects.filter(pk=entry.pk).update(number=number, previous=previous, code=code)
        previous = code
    AuditHead.objects.create(pk=1, number=number, code=previous)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
                ('code', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField('person', 'sign_in_epoch', models.PositiveIntegerField(default=0)),
        migrations.AlterField('auditentry', 'at', models.DateTimeField()),
        migrations.AlterField('auditentry', 'action', models.CharField(db_index=True, max_length=40)),
        migrations.AlterField('auditentry', 'subject', models.CharField(max_length=200)),
        migrations.AddField('auditentry', 'number', models.PositiveBigIntegerField(null=True)),
        migrations.AddField('auditentry', 'previous', models.CharField(blank=True, max_length=64, default=''), preserve_default=False),
        migrations.AddField('auditentry', 'code', models.CharField(max_length=64, default=''), preserve_default=False),
        migrations.RunPython(chain_what_is_there, migrations.RunPython.noop),
        migrations.AlterField('auditentry', 'number', models.PositiveBigIntegerField(unique=True)),
    ]
