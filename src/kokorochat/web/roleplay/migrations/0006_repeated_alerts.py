from django.db import migrations, models
from django.db.models import F
from django.utils import timezone


def fill(apps, schema_editor):
    """Each alert that is there was called for once."""
    apps.get_model("roleplay", "Alert").objects.update(last_at=F("raised_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("roleplay", "0005_feedback_drafts_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="last_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="alert",
            name="times",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
