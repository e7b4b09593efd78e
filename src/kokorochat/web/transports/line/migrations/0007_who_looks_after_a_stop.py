from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0006_what_a_client_was_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="relay",
            name="helper_told",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
