import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0004_whose_account"),
    ]

    operations = [
        migrations.AddField(
            model_name="relay",
            name="opened_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="relay",
            name="moved",
            field=models.CharField(
                blank=True,
                choices=[
                    ("quota", "Quota"),
                    ("blocked", "Blocked"),
                    ("unlinked", "Unlinked"),
                    ("refused", "Refused"),
                    ("consent", "Consent"),
                    ("another", "Another"),
                ],
                max_length=12,
            ),
        ),
    ]
