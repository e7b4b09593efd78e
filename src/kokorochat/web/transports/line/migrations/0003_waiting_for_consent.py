from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0002_feedback_notices"),
    ]

    operations = [
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
                ],
                max_length=12,
            ),
        ),
    ]
