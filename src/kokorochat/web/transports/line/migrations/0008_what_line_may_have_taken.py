from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0007_who_looks_after_a_stop"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoing",
            name="unclear",
            field=models.BooleanField(default=False),
        ),
    ]
