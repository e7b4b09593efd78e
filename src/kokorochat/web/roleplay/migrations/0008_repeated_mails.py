from django.db import migrations, models

ALL = 3
"""Nobody is mailed again about what waited before there were repeats."""


def spare(apps, schema_editor):
    apps.get_model("roleplay", "Alert").objects.update(mail_repeats=ALL)


class Migration(migrations.Migration):
    dependencies = [
        ("roleplay", "0007_supervision"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="mail_repeats",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="alert",
            name="mail_claimed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(spare, migrations.RunPython.noop, elidable=True),
    ]
